import Foundation
import Testing

extension EngineTests.OperatorRolloutTests {
  /// A registry that has one image, `web:1`, which is a list of no images, and lets in only `user` with `pass:word`.
  private static let registry = """
    import base64, hashlib, http.server, json
    kind = "application/vnd.docker.distribution.manifest.list.v2+json"
    body = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": []}).encode()
    digest = "sha256:" + hashlib.sha256(body).hexdigest()
    class Registry(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_GET(self):
            isKnown = self.headers.get("Authorization") == "Basic " + base64.b64encode(b"user:pass:word").decode()
            path = self.path.split("/")
            isThere = self.path == "/v2/" or path[-2:] in (["manifests", "1"], ["manifests", digest])
            self.send_response(200 if isKnown and isThere else 404 if isKnown else 401)
            if not isKnown: self.send_header("WWW-Authenticate", 'Basic realm="test"')
            content = body if isKnown and "manifests" in path and isThere else b"{}"
            self.send_header("Content-Type", kind)
            self.send_header("Docker-Content-Digest", digest)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET": self.wfile.write(content)
        do_HEAD = do_GET
        def log_message(self, *arguments): pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 5000), Registry)
    import sys; print(digest, file=sys.stderr, flush=True)
    server.serve_forever()
    """

  @Test func `the registry is asked for the digest, with the password that docker login has kept`() throws {
    defer { scene.removeServices(of: "registry") }
    try scene.manager.docker("tag", OperatorScene.first, "localhost:5000/web:1")
    let options = ["--label", "com.docker.stack.namespace=registry", "--constraint", "node.role==manager"]
    try scene.manager.createService("registry_web", options, image: "localhost:5000/web:1")
    let registry = try Subprocess(scene.manager.machine.command(["python3", "-c", Self.registry]))
    defer { registry.kill() }
    let digest = try registry.waitForLine(containing: "sha256:", within: .seconds(20))

    let configuration = try Scratch.directory("docker")
    let environment = [
      "DOCKER_HOST": scene.manager.host, "VITALS_STACK": "registry", "DOCKER_CONFIG": configuration,
    ]
    let stranger = try VitalsProcess.run(["update", "--dry-run"], environment: environment)
    #expect(stranger.errorOutput.contains("warning: no digest of localhost:5000/web:1"), "\(stranger)")
    #expect(stranger.output == "nothing to change\n")

    try Data(
      "{\"auths\":{\"localhost:5000\":{\"auth\":\"\(Data("user:pass:word".utf8).base64EncodedString())\"}}}".utf8
    )
    .write(to: URL(fileURLWithPath: "\(configuration)/config.json"))
    let known = try VitalsProcess.run(["update", "--dry-run", "--format", "json"], environment: environment)
    #expect(known.errorOutput == "")
    #expect(known.output.contains("\"new\":\"localhost:5000/web:1@\(digest)\""), "\(known)")
  }
}
