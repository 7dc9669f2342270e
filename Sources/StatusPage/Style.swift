/// The one style sheet, which every page has in itself.
enum Style {
  /// The hash of `css` by which the Content-Security-Policy allows it; a test holds them together.
  static let hash = "sha256-62EoS61yunEWdvy5zFNXx/tShT3ISMuYVwRNOJ1ljBM="

  // Type does the work: one colour for each state, hairlines, and room. No font is loaded and nothing moves.
  static let css = """
    :root { color-scheme: light dark; --ground: #fdfdfc; --ink: #1a1c1e; --soft: #5d6167; --line: #e4e5e3;
      --good: #17734a; --warn: #8f5b00; --fail: #bf2424; --note: #4a5d78; --idle: #b9bcbf }
    @media (prefers-color-scheme: dark) {
      :root { --ground: #121416; --ink: #e9eaec; --soft: #a1a6ad; --line: #2a2d31;
        --good: #4fc48d; --warn: #e3ab45; --fail: #ff7a70; --note: #9db4d6; --idle: #4b5057 } }
    * { box-sizing: border-box }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
    body { margin: 0 auto; padding: 0 2rem; max-width: 72rem; background: var(--ground); color: var(--ink);
      font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      font-variant-numeric: tabular-nums; overflow-wrap: break-word }
    body::before { content: ""; position: fixed; inset: 0 0 auto; height: 4px; background: var(--tone) }
    [data-tone=good] { --tone: var(--good) } [data-tone=warn] { --tone: var(--warn) }
    [data-tone=fail] { --tone: var(--fail) } [data-tone=note] { --tone: var(--note) }
    header, footer { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; color: var(--soft); font-size: 0.8125rem }
    header { align-items: baseline; padding: 2rem 0 0 }
    header p, footer p { margin: 0 }
    .brand { color: var(--ink); font-weight: 600 }
    .end { margin-left: auto }
    footer { margin-top: 4rem; padding: 1rem 0 2.5rem; border-top: 1px solid var(--line) }
    a { color: inherit; text-underline-offset: 0.2em; text-decoration-color: var(--idle) }
    a:hover { text-decoration-color: currentColor }
    :focus-visible { outline: 2px solid var(--note); outline-offset: 2px }
    button { font: inherit; color: inherit; background: none; border: 1px solid var(--idle); border-radius: 4px;
      padding: 0 0.6rem; margin-left: 0.75rem; cursor: pointer }
    h1 { margin: 3.5rem 0 0; font-size: clamp(2.5rem, 7vw, 4rem); font-weight: 700; line-height: 1.1;
      letter-spacing: -0.03em; color: var(--tone) }
    #summary { margin: 0.75rem 0 0; max-width: 44rem; font-size: 1.125rem }
    #summary ul, .plain { list-style: none; margin: 0; padding: 0 }
    #summary p { margin: 0 }
    #summary p + p, #summary ul + p { margin-top: 0.5rem; font-size: 0.9375rem; color: var(--soft) }
    h2 { margin: 0 0 0.5rem; font-size: 1.125rem; font-weight: 600; letter-spacing: -0.01em }
    h3 { margin: 1.75rem 0 0.25rem; font-size: 0.9375rem; font-weight: 600 }
    section { margin-top: 3.25rem }
    .soft, section > p { color: var(--soft) }
    section > p { margin: 0.5rem 0 0; max-width: 44rem }
    .plain li { display: flex; padding: 0.3rem 0 }
    .plain .mark { margin-top: 0.4rem }
    .points { flex: none; width: 3rem; font-variant-numeric: tabular-nums }
    .row { display: flex; flex-wrap: wrap; gap: 0 2rem }
    b { font-weight: 600 }
    code { font: 0.875em ui-monospace, "SF Mono", Menlo, Consolas, monospace }
    .marks { position: absolute }
    .mark { flex: none; width: 0.75rem; height: 0.75rem; margin-right: 0.6rem; vertical-align: -0.05em; fill: currentColor }
    .good { color: var(--good) } .warn { color: var(--warn) } .fail { color: var(--fail) } .note { color: var(--note) }
    table { width: 100%; border-collapse: collapse }
    th, td { padding: 0.55rem 1.5rem 0.55rem 0; border-top: 1px solid var(--line); text-align: left;
      vertical-align: baseline; font-weight: inherit }
    th:last-child, td:last-child { padding-right: 0 }
    thead th { padding-bottom: 0.3rem; border: 0; font-size: 0.8125rem; color: var(--soft) }
    tbody th { font-weight: 600; overflow-wrap: anywhere }
    .marked tbody th { position: relative; padding-left: 1.35rem }
    .marked .mark { position: absolute; left: 0; top: 0.9rem }
    .columns thead th:first-child { width: 45% }
    .number { text-align: right; white-space: nowrap }
    .tag { margin-left: 0.4rem; font-weight: 400; color: var(--soft) }
    .stack { font-weight: 400; color: var(--soft) }
    .columns { display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 4fr); gap: 0 4rem }
    .spark, .hour { display: block; width: 100%; height: 2rem; overflow: visible }
    .spark { fill: none; stroke-linecap: round; stroke-linejoin: round }
    .spark path { vector-effect: non-scaling-stroke; stroke: var(--ink); stroke-width: 1.25 }
    .spark .fail { stroke: var(--fail); stroke-width: 1.5 }
    .hour path { stroke: currentColor; stroke-width: 2.8 }
    .hour .good { stroke-opacity: 0.7 }
    .hour .note { color: var(--idle) }
    .pips { margin: 0 0.5rem; vertical-align: 0 }
    .pips path { stroke: var(--ink); stroke-width: 9; stroke-dasharray: 8 2 }
    .number .pips path { stroke: currentColor }
    .pips .rest, .number .pips .rest { stroke: var(--line) }
    .number > b { color: var(--ink) }
    .columns .services thead th:first-child { width: 33% } .services thead th:nth-child(2) { width: 22% }
    .columns h3:first-child { margin-top: 1rem }
    .checks { table-layout: fixed }
    .checks td { vertical-align: middle }
    .checks th:nth-child(1) { width: 20% } .checks th:nth-child(2) { width: 31% }
    .checks th:nth-child(3) { width: 9% } .checks th:nth-child(4) { width: 16% }
    .checks tbody th { vertical-align: middle }
    .checks .mark { top: calc(50% - 0.4rem) }
    .lost :is(#state, #summary, #details) { filter: grayscale(1) }
    #connection { margin: 0 }
    .lost #connection { margin-top: 0.75rem; font-weight: 600; color: var(--fail) }
    @media (max-width: 56rem) { .columns { display: block } }
    @media (max-width: 40rem) {
      body { padding: 0 1.25rem }
      h1 { margin-top: 2.5rem }
      .checks, .services, .checks tbody, .services tbody { display: block }
      .checks thead, .services thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
      .checks tr, .services tr { display: grid; grid-template-columns: 30% 1fr auto; gap: 0.1rem 1rem;
        padding: 0.75rem 0; border-top: 1px solid var(--line) }
      :is(.checks, .services) :is(th, td):nth-child(n) { padding: 0; border: 0; width: auto }
      :is(.checks, .services) tbody th:nth-child(n) { grid-column: 1 / 3; padding-left: 1.35rem }
      :is(.checks, .services) .mark { top: 0.35rem }
      .services td:nth-child(3):nth-child(n) { grid-column: 1 / 4; padding-left: 1.35rem }
      .services .idle { display: none }
      .end { margin-left: 0 }
      header .end { margin-left: auto }
      .checks td:nth-child(2):nth-child(n) { grid-row: 2; grid-column: 1 / 4; padding-left: 1.35rem }
      .checks td:nth-child(4):nth-child(n) { grid-row: 3; padding: 0.4rem 0 0 1.35rem }
      .checks td:nth-child(5):nth-child(n) { grid-row: 3; grid-column: 2 / 4; padding-top: 0.4rem }
    }
    @media print { body { max-width: none } button { display: none } section, tr { break-inside: avoid } }
    """
}
