import Testing

/// The judge is judged: what it lets pass, everything here rests on.
struct ExpositionTests {
    @Test("A page as the format describes it is read")
    func accepted() throws {
        let page = try Exposition(
            Array(
                """
                # HELP a_total Said with a "quote", a \\\\ and a \\n.
                # TYPE a_total counter
                a_total{x="1\\"\\n\\\\"} 3
                # HELP b_seconds How long.
                # TYPE b_seconds histogram
                b_seconds_bucket{le="0.5"} 1
                b_seconds_bucket{le="+Inf"} 2
                b_seconds_sum 7.5
                b_seconds_count 2

                """.utf8))
        #expect(page.families.map(\.name) == ["a_total", "b_seconds"])
        #expect(page.families[0].help == "Said with a \"quote\", a \\ and a \n.")
        #expect(page.value("a_total", ["x": "1\"\n\\"]) == 3)
        #expect(page.value("b_seconds_sum") == 7.5)
    }

    @Test(
        "A page that breaks one rule is refused",
        arguments: [
            "# HELP a x\n# TYPE a gauge\na 1",
            "# TYPE a gauge\na 1\n",
            "# HELP a x\n# TYPE a gauge\na NaN\n",
            "# HELP a x\n# TYPE a gauge\na +Inf\n",
            "# HELP a x\n# TYPE a gauge\na{b=\"1\",b=\"2\"} 1\n",
            "# HELP a x\n# TYPE a gauge\na{__b=\"1\"} 1\n",
            "# HELP a x\n# TYPE a gauge\na{b=\"\\t\"} 1\n",
            "# HELP a x\n# TYPE a gauge\na{b=\"1\" 1\n",
            "# HELP a x\n# TYPE a gauge\na 1\na 1\n",
            "# HELP a x\n# TYPE a gauge\na 1\n# HELP a x\n# TYPE a gauge\na 1\n",
            "# HELP b x\n# TYPE b gauge\nb 1\n# HELP a x\n# TYPE a gauge\na 1\n",
            "# HELP a x\n# TYPE a gauge\nb 1\n",
            "# HELP a x\n# TYPE a gauge\n1a 1\n",
            "# HELP a x\n# TYPE a gauge\n\na 1\n",
            "# HELP a x\n# TYPE a summary\na 1\n",
            "# HELP a x\n# TYPE a gauge\n",
            "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
            "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
            "# HELP a x\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n",
            "# HELP a x\n# TYPE a histogram\na_bucket{le=\"2\"} 1\na_bucket{le=\"1\"} 1\n"
                + "a_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
        ])
    func refused(_ page: String) {
        #expect(throws: Exposition.Failure.self) { try Exposition(Array(page.utf8)) }
    }
}
