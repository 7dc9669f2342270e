package import Engine

/// A service of the swarm, with the fields of `GET /services?status=true` that count here.
package struct Service: Equatable, Sendable {
  /// How many tasks a service is to have.
  package enum Mode: Equatable, Sendable {
    case replicated(Int)
    case global
    /// Run `completions` tasks to their end, `concurrent` at a time.
    case replicatedJob(concurrent: Int, completions: Int)
    /// Run one task to its end on each node.
    case globalJob
    /// A mode that this program does not know.
    case unknown

    package var isJob: Bool {
      switch self {
      case .replicatedJob, .globalJob: true
      case .replicated, .global, .unknown: false
      }
    }

    /// The name that `docker service create --mode` has for it.
    package var name: String {
      switch self {
      case .replicated: "replicated"
      case .global: "global"
      case .replicatedJob: "replicated-job"
      case .globalJob: "global-job"
      case .unknown: "unknown"
      }
    }
  }

  /// The state of the last update, where the engine keeps one.
  package struct Update: Equatable, Sendable {
    package enum State: String, CaseIterable, Sendable {
      case updating, paused, completed
      case rollbackStarted = "rollback_started"
      case rollbackPaused = "rollback_paused"
      case rollbackCompleted = "rollback_completed"
    }

    package var state: State
    package var startedAt: Timestamp?
    package var completedAt: Timestamp?
    /// What the engine says of it.
    package var message = ""

    package init(_ state: State, startedAt: Timestamp? = nil, completedAt: Timestamp? = nil) {
      self.state = state
      self.startedAt = startedAt
      self.completedAt = completedAt
    }

    /// Whether tasks of an older specification may run still, now or for as long as nobody intervenes.
    package var isIncomplete: Bool { state != .completed && state != .rollbackCompleted }
  }

  /// A port that is published.
  package struct Port: Equatable, Sendable {
    package var published: Int
    package var target: Int
    /// `tcp`, `udp` or `sctp`.
    package var transport: String
    /// `ingress`, on every node, or `host`, where its tasks are.
    package var mode: String

    package init(published: Int, target: Int, transport: String = "tcp", mode: String = "ingress") {
      self.published = published
      self.target = target
      self.transport = transport
      self.mode = mode
    }
  }

  /// What the engine itself counts: the numbers of `docker service ls`.
  package struct Status: Equatable, Sendable {
    package var running: Int
    package var desired: Int
    package var completed: Int

    package init(running: Int, desired: Int, completed: Int = 0) {
      self.running = running
      self.desired = desired
      self.completed = completed
    }
  }

  package var id: String
  package var name = ""
  /// The label `com.docker.stack.namespace`, empty where there is none.
  package var stack = ""
  /// Whether its stack can't do its work without it: not where it has the label `vitals.critical=false`.
  package var isCritical = true
  package var mode = Mode.unknown
  /// The image with its tag, without the digest.
  package var image = ""
  /// The ports under which it is reached from outside.
  package var ports: [Port] = []
  package var limits = Resources()
  package var reservations = Resources()
  /// 0 where there is no limit.
  package var maximumPerNode = 0
  package var createdAt: Timestamp?
  package var updatedAt: Timestamp?
  package var update: Update?
  /// Nil where the engine is older than API 1.41.
  package var status: Status?
  /// How often the job was started again.
  package var jobIteration = 0

  package init(id: String) { self.id = id }
}

extension Service: Decodable {
  package init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    self.init(id: try fields.value("ID") ?? "")
    createdAt = try fields.value("CreatedAt", as: Timestamp.self)?.unlessZero
    updatedAt = try fields.value("UpdatedAt", as: Timestamp.self)?.unlessZero
    let spec = try fields.object("Spec")
    name = try spec.value("Name") ?? name
    stack = try spec.object("Labels").value("com.docker.stack.namespace") ?? stack
    isCritical = try spec.object("Labels").value("vitals.critical") != "false"
    mode = try Mode(spec.object("Mode"))
    let template = try spec.object("TaskTemplate")
    let reference: String = try template.object("ContainerSpec").value("Image") ?? ""
    image = String(reference.prefix { $0 != "@" })
    limits = try template.object("Resources").value("Limits") ?? limits
    reservations = try template.object("Resources").value("Reservations") ?? reservations
    ports = try fields.object("Endpoint").value("Ports") ?? spec.object("EndpointSpec").value("Ports") ?? []
    maximumPerNode = try template.object("Placement").value("MaxReplicas") ?? 0
    update = try Update(fields.object("UpdateStatus"))
    let status = try fields.object("ServiceStatus")
    if status.exists {
      self.status = Status(
        running: try status.value("RunningTasks") ?? 0, desired: try status.value("DesiredTasks") ?? 0,
        completed: try status.value("CompletedTasks") ?? 0)
    }
    jobIteration = try fields.object("JobStatus").object("JobIteration").value("Index") ?? 0
  }
}

extension Service.Mode {
  fileprivate init(_ fields: Fields) throws {
    let replicated = try fields.object("Replicated")
    let job = try fields.object("ReplicatedJob")
    if replicated.exists {
      self = .replicated(try replicated.value("Replicas") ?? 1)
    } else if job.exists {
      // The API's defaults: one at a time, and as many in all as at a time.
      let concurrent = try job.value("MaxConcurrent") ?? 1
      self = .replicatedJob(concurrent: concurrent, completions: try job.value("TotalCompletions") ?? concurrent)
    } else if try fields.object("Global").exists {
      self = .global
    } else if try fields.object("GlobalJob").exists {
      self = .globalJob
    } else {
      self = .unknown
    }
  }
}

extension Service.Update {
  /// Nil where no update has happened since the service was made, and for a state that this program does not know.
  fileprivate init?(_ fields: Fields) throws {
    guard let state = try State(rawValue: fields.value("State") ?? "") else { return nil }
    self.init(
      state, startedAt: try fields.value("StartedAt", as: Timestamp.self)?.unlessZero,
      completedAt: try fields.value("CompletedAt", as: Timestamp.self)?.unlessZero)
    message = try fields.value("Message") ?? ""
  }
}

extension Service.Port: Decodable {
  package init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    self.init(
      published: try fields.value("PublishedPort") ?? 0, target: try fields.value("TargetPort") ?? 0,
      transport: try fields.value("Protocol") ?? "tcp", mode: try fields.value("PublishMode") ?? "ingress")
  }
}
