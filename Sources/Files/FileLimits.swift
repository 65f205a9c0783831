/// The bounds of reading. Tests make them small to reach every boundary.
package struct FileLimits: Equatable, Sendable {
    /// How many bytes are read at once; a chunk of lines is at most this and one line.
    package var blockLength: Int
    /// A longer line is rejected without being held.
    package var lineLengthMax: Int
    /// A chunk of very short lines ends here.
    package var chunkLineCountMax: Int

    package init(
        blockLength: Int = 4 << 20, lineLengthMax: Int = 16 << 20, chunkLineCountMax: Int = 65_536
    ) {
        precondition(
            blockLength > 0 && lineLengthMax > 0 && chunkLineCountMax > 0, "Invariant: reading makes progress")
        self.blockLength = blockLength
        self.lineLengthMax = lineLengthMax
        self.chunkLineCountMax = chunkLineCountMax
    }

    /// How much of a rejected line is kept.
    static let keptLengthMax = 64 << 10
    /// How much of a file's beginning tells it from another one.
    static let headLength = 4_096
    /// How many files of a folder are looked at to find one that was renamed.
    static let folderEntriesMax = 10_000
}
