extension HTMLReport {
    /// Follows the reader's light or dark setting; tables scroll sideways on a narrow screen, their first column stays.
    static let styleSheet: StaticString = """
        <style>
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fdfdfb; --dim: #667; --line: #dfe1e5; \
        --bar: #b9cfe4; --problem: #b3261e; --warning: #8a5a00; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e6ea; --paper: #15181c; --dim: #99a; --line: #31363d; \
        --bar: #2f4a63; --problem: #ff8a80; --warning: #e5b567; } }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 64rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
        header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1rem; }
        h1 { font-size: 1.4rem; margin: 0.5rem 0; }
        h2 { font-size: 1rem; margin: 2rem 0 0.5rem; }
        .moment, .note { color: var(--dim); }
        .lead { max-width: 46rem; margin: 0.4rem 0; }
        .note { font-size: 0.85rem; max-width: 46rem; margin: 0.4rem 0; }
        .findings { padding-left: 1.2rem; }
        .problem { color: var(--problem); }
        .warning { color: var(--warning); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
        th, td { padding: 0.25rem 0.7rem; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
        thead th { color: var(--dim); font-weight: 500; }
        tbody th { font-weight: 500; position: sticky; left: 0; background: var(--paper); max-width: 14rem; \
        overflow: hidden; text-overflow: ellipsis; }
        .number, .bar { text-align: right; }
        .bar { position: relative; min-width: 7rem; }
        .bar svg { position: absolute; left: 0; top: 15%; width: 100%; height: 70%; fill: var(--bar); }
        .bar span { position: relative; }
        </style>
        """
}
