"""The generator of Sources/Statistics/RandomNumbers.swift (Blackman & Vigna 2021; seeded as Steele, Lea & Flood
2014), so that a script and a test draw the same numbers from the same seed."""

M = (1 << 64) - 1


def splitmix(seed, count):
    out = []
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & M
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
        out.append(z ^ (z >> 31))
    return out


class Xoshiro256:
    def __init__(self, seed):
        self.s = splitmix(seed, 4)

    def next(self):
        s = self.s
        r = (s[1] * 5) & M
        r = (((r << 7) | (r >> 57)) & M) * 9 & M
        t = (s[1] << 17) & M
        s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t
        s[3] = ((s[3] << 45) | (s[3] >> 19)) & M
        return r

    def uniform(self):
        return (float(self.next() >> 12) + 0.5) * 2.0**-52
