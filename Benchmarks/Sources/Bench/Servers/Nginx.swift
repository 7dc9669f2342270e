import Foundation

/// nginx with one worker and answers kept in memory: as little as a server can do.
enum Nginx {
  /// Starts it with the answers of another server, byte for byte.
  static func start(sameAs server: Server, in bench: Bench) throws -> Server {
    let bodies = try ["/health/live", "/health/"].map { ($0, try Connection.fetch($0, port: server.port).text) }
    return try Server("nginx", answers: "/health/", stopSignal: SIGTERM, in: bench) { port in
      let directory = bench.workspace.directory
      let locations = bodies.map { "location = \($0.0) { return 200 '\($0.1)'; }" }.joined(separator: "\n")
      let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map { "\($0)_temp_path \(directory)/nginx-\($0);" }.joined(separator: "\n")
      let configuration = try bench.workspace.file(
        "nginx.conf",
        """
        daemon off;
        worker_processes 1;
        error_log stderr;
        pid \(directory)/nginx.pid;
        events { worker_connections 16384; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          keepalive_timeout 3600s;
          default_type application/json;
          \(temporary)
          server {
            listen 127.0.0.1:\(port);
            \(locations)
          }
        }
        """)
      return ["nginx", "-e", "stderr", "-c", configuration]
    }
  }
}
