/// The style sheet of a report: legible by day and by night, in colours that colour-blind readers can tell apart.
enum ReportStyle {
    static let css = """

        :root { color-scheme: light dark; --ground: #fafafa; --card: #ffffff; --ink: #1d2430; --faint: #657083;
          --line: #dfe3ea; --grid: #eceff4; --good: #1a7f4b; --calm: #0b7285; --bad: #c92a2a; --warn: #b35c00;
          --c0: #3b6fb6; --c1: #d9722c; --c2: #2f9e6e; --c3: #b8478f; --c4: #8a6fd1; --c5: #b99a1d; --c6: #2aa3b8;
          --c7: #8c5a3c; }
        @media (prefers-color-scheme: dark) { :root { --ground: #14171c; --card: #1c2027; --ink: #e4e8ef;
          --faint: #97a2b4; --line: #333a45; --grid: #272d36; --good: #51cf8a; --calm: #4cc3d9; --bad: #ff7b7b;
          --warn: #ffa94d; --c0: #74a5ea; --c1: #f0985c; --c2: #5cc99a; --c3: #e07fbf; --c4: #b09af0; --c5: #dcc050;
          --c6: #5fcadd; --c7: #c08d6d; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        main { max-width: 1140px; margin: 0 auto; padding: 28px 20px 60px; }
        h1 { font-size: 26px; margin: 0 0 2px; display: flex; flex-wrap: wrap; align-items: center; gap: 12px; }
        h1 small { font-weight: 400; color: var(--faint); font-size: 20px; }
        h2 { font-size: 17px; margin: 0 0 12px; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px;
          margin-top: 18px; }
        .note { color: var(--faint); margin: 0; }
        .tiles { display: flex; flex-wrap: wrap; gap: 10px; margin-top: 14px; }
        .tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 18px;
          min-width: 92px; }
        .tile b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
        .tile span { color: var(--faint); font-size: 13px; }
        .badge { font-size: 13px; font-weight: 600; padding: 1px 9px; border-radius: 20px; border: 1px solid currentColor;
          color: var(--faint); white-space: nowrap; }
        .badge.done, .badge.ran { color: var(--good); } .badge.reused { color: var(--calm); }
        .badge.failed { color: var(--bad); } .badge.skipped, .badge.cancelled, .badge.interrupted { color: var(--warn); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        th { text-align: left; font-weight: 600; color: var(--faint); }
        th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
        td:first-child { white-space: nowrap; } tr:last-child td { border-bottom: 0; }
        .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        code, pre { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; }
        td code { color: var(--faint); overflow-wrap: anywhere; }
        pre { overflow-x: auto; max-height: 480px; }
        svg { display: block; width: 100%; height: auto; }
        svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: var(--ink); }
        .graph { margin: 0 auto; }
        .edge { fill: none; stroke: var(--faint); stroke-opacity: 0.55; stroke-width: 1.3; }
        .node rect { fill: var(--ground); stroke: var(--faint); stroke-width: 1.3; }
        .node.ran rect { stroke: var(--good); } .node.reused rect { stroke: var(--calm); stroke-dasharray: 5 3; }
        .node.failed rect { stroke: var(--bad); stroke-width: 2.4; } .node.skipped rect { stroke: var(--warn); }
        .node .name { font-weight: 600; } .node .kind, .tick { fill: var(--faint); font-size: 11px; }
        .grid { stroke: var(--grid); stroke-width: 1; }
        svg .bar { fill: var(--card); font-weight: 600; font-size: 11px; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 18px 26px; }
        figure { margin: 0; } figcaption { font-size: 13px; color: var(--faint); }
        .chart figcaption { font-weight: 600; color: var(--ink); margin-bottom: 4px; }
        .picture { margin-bottom: 16px; }
        .picture img { max-width: 100%; image-rendering: pixelated; border: 1px solid var(--line); border-radius: 6px;
          background: #ffffff; }
        .curve { fill: none; stroke-width: 1.7; stroke-linejoin: round; } .dashed { stroke-dasharray: 5 4; }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--faint); margin-top: 6px; }
        .legend b { color: var(--ink); font-variant-numeric: tabular-nums; }
        .key { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 5px; }
        .curve.s0 { stroke: var(--c0); } .curve.s1 { stroke: var(--c1); } .curve.s2 { stroke: var(--c2); }
        .curve.s3 { stroke: var(--c3); } .curve.s4 { stroke: var(--c4); } .curve.s5 { stroke: var(--c5); }
        .curve.s6 { stroke: var(--c6); } .curve.s7 { stroke: var(--c7); }
        .block.s0, .dot.s0 { fill: var(--c0); } .block.s1, .dot.s1 { fill: var(--c1); }
        .block.s2, .dot.s2 { fill: var(--c2); } .block.s3, .dot.s3 { fill: var(--c3); }
        .block.s4, .dot.s4 { fill: var(--c4); } .block.s5, .dot.s5 { fill: var(--c5); }
        .block.s6, .dot.s6 { fill: var(--c6); } .block.s7, .dot.s7 { fill: var(--c7); }
        .key.s0 { background: var(--c0); } .key.s1 { background: var(--c1); } .key.s2 { background: var(--c2); }
        .key.s3 { background: var(--c3); } .key.s4 { background: var(--c4); } .key.s5 { background: var(--c5); }
        .key.s6 { background: var(--c6); } .key.s7 { background: var(--c7); }
        .block.s8 { fill: var(--faint); } .key.s8 { background: var(--faint); }
        @media print { section { break-inside: avoid; } }

        """
}
