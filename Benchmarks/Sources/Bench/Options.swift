/// The command line of the harness.
struct Options {
  static let usage = """
    usage: bench [--quick] [--only NAME]... [--json FILE] [--vitals PATH] [--peers DIR] [--build DIR]

      --quick       short rounds, for a look: the figures scatter more
      --only NAME   only this section, repeatable: \(Section.allCases.map(\.rawValue).joined(separator: ", "))
      --json FILE   write every figure there too
      --vitals PATH the binary to measure (.build/release/vitals)
      --peers DIR   sources of the peers (Benchmarks/peers)
      --build DIR   where the peers were built: checks, engine and venv/ (.build-bench)
    """

  var isQuick = false
  var sections = Section.allCases
  var json: String?
  var vitals = ".build/release/vitals"
  var peers = "Benchmarks/peers"
  var build = ".build-bench"

  /// - Throws: ``Failure`` with what is wrong.
  init(_ arguments: some Sequence<String>) throws {
    var only: [Section] = []
    var rest = arguments.makeIterator()
    while let argument = rest.next() {
      func value() throws -> String {
        guard let value = rest.next() else { throw Failure("\(argument) needs a value") }
        return value
      }
      switch argument {
      case "--quick": isQuick = true
      case "--json": json = try value()
      case "--vitals": vitals = try value()
      case "--peers": peers = try value()
      case "--build": build = try value()
      case "--only":
        let name = try value()
        guard let section = Section(rawValue: name) else { throw Failure("there is no section \(name)") }
        only.append(section)
      default: throw Failure("unknown argument \(argument)")
      }
    }
    if !only.isEmpty { sections = only }
  }

  var rounds: Int { 3 }
  var roundSeconds: Int { isQuick ? 2 : 10 }
  /// After so many requests the memory is read, and after twice as many.
  var memoryRequests: Int { isQuick ? 100_000 : 1_000_000 }
  /// Scrapes of each exporter, one in fifteen seconds as Prometheus does it.
  var scrapes: Int { isQuick ? 2 : 8 }
  var starts: Int { isQuick ? 5 : 10 }
  var probes: Int { isQuick ? 10 : 20 }
  /// Refreshes of the swarm that are averaged, and as many again under requests.
  var refreshes: Int { isQuick ? 1 : 3 }
}
