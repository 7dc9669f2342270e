@testable import Operations
import Swarm
import Testing

struct RolloutTests {
  // MARK: Updates

  @Test func `an update goes through all slots and converges once they have run for long enough`() {
    var scene = Scene()
    scene.add("web")
    scene.run("web")
    var rollout = scene.rollout("web")
    scene.change("web")
    #expect(scene.observe(&rollout) == ["web: 0/3 updated, 3/3 running"])
    scene.update("web", .updating)
    for slot in 1...3 {
      scene.replace("web", slot: slot)
      #expect(scene.observe(&rollout) == ["web: \(slot)/3 updated, 3/3 running"])
    }
    // All run, but the engine watches them still.
    #expect(scene.observe(&rollout, seconds: 20) == [])
    scene.update("web", .completed)
    #expect(scene.observe(&rollout, seconds: 5) == [])
    #expect(!rollout.isFinished)
    #expect(scene.observe(&rollout) == ["web: converged, 3/3"])
    #expect(rollout.isFinished && rollout.outcome == .converged && rollout.error == nil)
  }

  @Test func `what the engine has watched for as long as monitor says is not watched so long again`() {
    var scene = Scene()
    scene.add("web", .replicated(1))
    scene["web"].specification["UpdateConfig"] = .object(["Monitor": .integer(60_000_000_000)])
    scene.run("web", slots: 1...1)
    var rollout = scene.rollout("web")
    scene.change("web")
    scene.update("web", .updating)
    scene.replace("web", slot: 1)
    scene.observe(&rollout, seconds: 60)
    #expect(!rollout.isFinished)
    scene.update("web", .completed)
    scene.observe(&rollout, seconds: 6)
    scene.observe(&rollout)
    #expect(rollout.outcome == .converged)
  }

  @Test func `a new service with a health check is not watched for as long as an update`() {
    var scene = Scene()
    scene.add("web", .replicated(1))
    scene["web"].specification["UpdateConfig"] = .object(["Monitor": .integer(60_000_000_000)])
    scene["web"].specification["TaskTemplate"]["ContainerSpec"]["Healthcheck"]["Test"] = .array([.string("CMD")])
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["web"])
    scene.run("web", slots: 1...1)
    scene.observe(&rollout, seconds: 10)
    #expect(!rollout.isFinished)
    scene.observe(&rollout)
    #expect(rollout.outcome == .converged)
  }

  @Test func `what was not changed is not waited for`() {
    var scene = Scene()
    scene.add("web")
    scene.add("celery")
    scene.run("web")
    var rollout = scene.rollout("web", "celery")
    #expect(scene.observe(&rollout) == ["web: unchanged", "celery: unchanged"])
    #expect(rollout.isFinished && rollout.outcome == .unchanged)
  }

  @Test func `a failure begins the time anew in which nothing may fail`() {
    var scene = Scene()
    scene.add("web", .replicated(1))
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["web"])
    let first = scene.task("web", slot: 1)
    scene.observe(&rollout, seconds: 4)
    scene.fail(first)
    #expect(scene.observe(&rollout).contains("web: task web.1 failed on node1: exit 1"))
    scene.replace("web", slot: 1)
    scene.observe(&rollout, seconds: 5)
    #expect(!rollout.isFinished)
    scene.observe(&rollout)
    #expect(rollout.outcome == .converged)
  }

  @Test func `the engine's longer monitor is waited for`() {
    var scene = Scene()
    scene.add("web", .replicated(1))
    scene["web"].specification["UpdateConfig"] = .object(["Monitor": .integer(20_000_000_000)])
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["web"])
    scene.run("web", slots: 1...1)
    scene.observe(&rollout, seconds: 20)
    #expect(!rollout.isFinished)
    scene.observe(&rollout)
    #expect(rollout.outcome == .converged)
  }

  @Test func `an automatic rollback is watched to its end and is a failure`() {
    var (scene, rollout) = Scene.updatingWeb()
    let broken = scene.task("web", slot: 1, .starting)
    scene.observe(&rollout)
    scene.fail(broken, exitCode: 3)
    #expect(scene.observe(&rollout).contains("web: task web.1 failed on node1: exit 3"))
    scene.update(
      "web", .rollbackStarted, message: "update rolled back due to failure or early termination of task task4")
    #expect(
      scene.observe(&rollout)
        == ["web: rolling back: update rolled back due to failure or early termination of task task4"])
    #expect(!rollout.isFinished)
    scene.update("web", .rollbackCompleted, message: "rollback completed")
    #expect(scene.observe(&rollout) == ["web: rolled back: task web.1 failed on node1: exit 3"])
    #expect(rollout.isFinished)
    #expect(rollout.error?.kind == .rolledBack)
    #expect(rollout.failure?.taskID == broken)
  }

  @Test func `a task that ended well, and for which the engine goes back, is told`() {
    var (scene, rollout) = Scene.updatingWeb()
    let ill = scene.task("web", slot: 1, .complete)
    scene.update(
      "web", .rollbackStarted, message: "update rolled back due to failure or early termination of task \(ill)")
    let told = "web: task web.1 complete on node1: it ended too early, as one that is not healthy does"
    #expect(scene.observe(&rollout).first == told)
    #expect(rollout.failure?.taskID == ill)
  }

  @Test func `a task that fails in the moment in which the engine goes back is told`() {
    var (scene, rollout) = Scene.updatingWeb()
    let broken = scene.task("web", slot: 1, .starting)
    scene.observe(&rollout)
    scene.fail(broken, exitCode: 3)
    scene.change("web")
    scene.update("web", .rollbackCompleted, message: "rollback completed")
    #expect(
      scene.observe(&rollout).prefix(2) == [
        "web: task web.1 failed on node1: exit 3", "web: rolled back: task web.1 failed on node1: exit 3",
      ])
    #expect(rollout.failure?.taskID == broken)
  }

  @Test(arguments: [
    (Service.Update.State.paused, "web: the update is paused with 0/3 updated: stopped"),
    (.rollbackPaused, "web: the rollback is paused with 0/3 updated: stopped"),
  ])
  func `an update that the engine stops is a failure at once`(state: Service.Update.State, text: String) {
    var scene = Scene()
    scene.add("web")
    scene.run("web")
    var rollout = scene.rollout("web")
    scene.change("web")
    scene.observe(&rollout)
    scene.update("web", state, message: "stopped")
    #expect(scene.observe(&rollout) == [text])
    #expect(rollout.isFinished && rollout.error?.kind == .paused)
  }

  @Test func `a rollback that was asked for is done when it is complete`() {
    var scene = Scene()
    scene.add("web")
    scene.run("web")
    var rollout = scene.rollout("web", goal: .rollback)
    scene.change("web")
    scene.update("web", .rollbackStarted, message: "manually requested rollback")
    scene.observe(&rollout)
    for slot in 1...3 { scene.replace("web", slot: slot) }
    scene.observe(&rollout, seconds: 10)
    #expect(!rollout.isFinished)
    scene.update("web", .rollbackCompleted)
    scene.observe(&rollout, seconds: 6)
    #expect(rollout.outcome == .converged)
  }

  // MARK: Numbers

  @Test func `fewer replicas are reached once the surplus ones are told to end`() {
    var scene = Scene()
    scene.add("web", .replicated(3))
    scene.run("web", slots: 1...5)
    var rollout = scene.rollout("web")
    scene["web"].version += 1
    scene.observe(&rollout, seconds: 20)
    #expect(!rollout.isFinished)
    for task in scene.tasks where task.slot > 3 { scene.set(task.id, .running, desired: .shutdown) }
    scene.observe(&rollout, seconds: 6)
    #expect(rollout.outcome == .converged)
    #expect(rollout.services[0].counts == .init(updated: 3, running: 3, desired: 3))
  }

  @Test func `tasks on a node that is down do not count as running, whatever the store says`() {
    var scene = Scene()
    scene.add("web")
    scene.run("web")
    var rollout = scene.rollout("web", goal: .settle)
    scene.nodes[2].state = "down"
    // Services of several stacks may be watched: the name is told whole.
    #expect(scene.observe(&rollout) == ["pilito_web: 2/3 updated, 2/3 running"])
    scene.observe(&rollout, seconds: 20)
    #expect(!rollout.isFinished)
    scene.task("web", slot: 3, on: "node1")
    scene.observe(&rollout, seconds: 6)
    #expect(rollout.outcome == .converged)
  }

  @Test func `a global service is one task a node that is alive`() {
    var scene = Scene()
    scene.add("agent", .global)
    for node in scene.nodes { scene.task("agent", on: node.id) }
    scene.nodes[1].state = "down"
    var rollout = scene.rollout("agent")
    scene.change("agent")
    scene.update("agent", .updating)
    #expect(scene.observe(&rollout) == ["agent: 0/2 updated, 2/2 running"])
    for node in ["node1", "node3"] {
      for task in scene.tasks where task.nodeID == node { scene.set(task.id, .shutdown, desired: .shutdown) }
      scene.task("agent", on: node)
    }
    scene.update("agent", .completed)
    scene.observe(&rollout, seconds: 6)
    #expect(rollout.outcome == .converged)
  }

  @Test func `no replicas at all are reached too`() {
    var scene = Scene()
    scene.add("web", .replicated(0))
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["web"])
    scene.observe(&rollout, seconds: 6)
    #expect(rollout.outcome == .converged)
  }

  // MARK: What ends by itself

  @Test(arguments: ["none", "on-failure"])
  func `a service that runs once counts as done when it has ended well`(restart: String) {
    var scene = Scene()
    scene.add("migrate", .replicated(1), restart: restart)
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["migrate"])
    let task = scene.task("migrate", slot: 1)
    scene.observe(&rollout, seconds: 2)
    scene.set(task, .complete, desired: .shutdown)
    scene.observe(&rollout, seconds: 6)
    #expect(rollout.outcome == .converged)
  }

  @Test func `a service that is to run for ever and ends well is not done`() {
    var scene = Scene()
    scene.add("web", .replicated(1))
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["web"])
    let task = scene.task("web", slot: 1)
    scene.set(task, .complete, desired: .shutdown)
    scene.task("web", slot: 1, .ready, desired: .ready)
    scene.observe(&rollout, seconds: 30)
    #expect(!rollout.isFinished)
  }

  @Test func `a service that is never started again has failed when its task has`() {
    var scene = Scene()
    scene.add("migrate", .replicated(1), restart: "none")
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["migrate"])
    let task = scene.task("migrate", slot: 1)
    scene.observe(&rollout)
    scene.fail(task, exitCode: 7, isReplaced: false)
    #expect(
      scene.observe(&rollout) == [
        "migrate: task migrate.1 failed on node1: exit 7", "migrate: 0/1 updated, 0/1 running",
        "migrate: failed, 0/1 running: task migrate.1 failed on node1: exit 7",
      ])
    #expect(rollout.isFinished && rollout.error?.kind == .failed)
  }

  @Test func `a slot that the engine has given up is a failure after a while`() {
    var scene = Scene()
    scene.add("web", .replicated(1), restart: "on-failure")
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["web"])
    scene.fail(scene.task("web", slot: 1), isReplaced: false)
    scene.observe(&rollout, seconds: 5)
    #expect(!rollout.isFinished)
    scene.observe(&rollout)
    #expect(rollout.outcome == .failed)
  }

  @Test func `a job is done when it has run to its end so many times`() {
    var scene = Scene()
    scene.add("job", .replicatedJob(concurrent: 1, completions: 2))
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["job"])
    #expect(scene.observe(&rollout) == ["job: 0/2 completed, 0 running"])
    for slot in 0...1 {
      scene.set(scene.task("job", slot: slot + 1, desired: .complete), .complete, desired: .complete)
      #expect(scene.observe(&rollout).contains("job: \(slot + 1)/2 completed, \(slot + 1) running"))
    }
    #expect(rollout.outcome == .converged)
  }

  // MARK: Crashes

  @Test func `a new service that fails three times in a slot has failed`() {
    var scene = Scene()
    scene.add("web", .replicated(1))
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["web"])
    var task = scene.task("web", slot: 1)
    for count in 1...3 {
      scene.observe(&rollout, seconds: 3)
      #expect(!rollout.isFinished)
      scene.fail(task)
      scene.observe(&rollout)
      task = scene.tasks.last?.id ?? ""
      scene.set(task, .running)
      #expect(rollout.isFinished == (count == 3))
    }
    #expect(rollout.error?.kind == .failed)
  }

  @Test func `three failures in three slots are no crash loop`() {
    var scene = Scene()
    scene.add("web")
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["web"])
    for slot in 1...3 { scene.fail(scene.task("web", slot: slot)) }
    scene.observe(&rollout, seconds: 5)
    #expect(!rollout.isFinished)
  }

  @Test func `failures from before the change are none of its`() {
    var scene = Scene()
    scene.add("web", .replicated(1))
    for _ in 1...3 { scene.fail(scene.task("web", slot: 1), isReplaced: false) }
    scene.task("web", slot: 1)
    var rollout = scene.rollout("web")
    scene["web"].version += 1
    #expect(scene.observe(&rollout) == ["web: 1/1 updated, 1/1 running"])
    scene.observe(&rollout, seconds: 6)
    #expect(rollout.outcome == .converged)
  }

  @Test func `failures of the old specification are none of the new one's`() {
    var scene = Scene()
    scene.add("web", .replicated(1))
    let old = scene.task("web", slot: 1)
    var rollout = scene.rollout("web")
    scene.change("web")
    scene.update("web", .updating)
    scene.fail(old)
    #expect(!scene.observe(&rollout).contains { $0.contains("failed") })
  }

  @Test func `a service that waits for another may crash until that one has arrived`() {
    var scene = Scene()
    scene.add("postgres", .replicated(1))
    scene.add("web", .replicated(1))
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["postgres", "web"])
    let postgres = scene.task("postgres", slot: 1, .starting)
    var web = scene.task("web", slot: 1)
    for _ in 1...5 {
      scene.fail(web)
      scene.observe(&rollout)
      web = scene.tasks.last?.id ?? ""
      scene.set(web, .running)
    }
    #expect(!rollout.isFinished)
    scene.set(postgres, .running)
    scene.observe(&rollout, seconds: 6)
    #expect(rollout.isFinished && rollout.outcome == .converged)
  }

  @Test func `services that crash do not wait for each other`() {
    var scene = Scene()
    scene.add("celery", .replicated(1))
    scene.add("web", .replicated(1))
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["celery", "web"])
    for name in ["celery", "web"] {
      for _ in 1...3 { scene.fail(scene.task(name, slot: 1), isReplaced: false) }
      scene.task(name, slot: 1, .ready, desired: .ready)
    }
    scene.observe(&rollout)
    #expect(rollout.isFinished && rollout.outcome == .failed)
  }

  // MARK: The end

  @Test func `what can't be placed says why, once, and is a failure when the time is over`() {
    var scene = Scene()
    scene.add("web", .replicated(1))
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["web"])
    let reason = "no suitable node (insufficient resources on 2 nodes)"
    scene.task("web", slot: 1, on: "", .pending, error: reason)
    #expect(
      scene.observe(&rollout, seconds: 10) == ["web: 0/1 updated, 0/1 running", "web: pending: \(reason)"])
    #expect(
      rollout.expire().map(\.text) == ["web: 0/1 updated, 0/1 running: pending: \(reason)"])
    #expect(rollout.isFinished)
    #expect(rollout.error?.kind == .deadline && rollout.error?.message.contains(reason) == true)
  }

  @Test func `what hangs says in which state`() {
    var scene = Scene()
    scene.add("web", .replicated(2))
    var rollout = scene.rollout()
    scene.begin(&rollout, names: ["web"])
    scene.task("web", slot: 1)
    scene.task("web", slot: 2, .preparing)
    scene.observe(&rollout)
    #expect(rollout.expire().map(\.text) == ["web: 1/2 updated, 1/2 running: 1 preparing"])
  }

  @Test func `one that failed does not wait for what nobody moves, but for an update that goes on`() {
    var scene = Scene()
    scene.add("celery")
    scene.add("web")
    scene.run("web")
    scene.run("celery")
    var rollout = scene.rollout("celery", "web")
    scene.change("web")
    scene.change("celery")
    scene.update("celery", .updating)
    scene.update("web", .paused, message: "stopped")
    scene.observe(&rollout)
    #expect(!rollout.isFinished)
    scene.update("celery", .rollbackStarted)
    scene.observe(&rollout)
    #expect(!rollout.isFinished)
    scene.update("celery", .rollbackCompleted)
    scene.observe(&rollout)
    #expect(rollout.isFinished)
    // What waits for somebody says more than what is over.
    #expect(rollout.error?.kind == .paused)
  }

  @Test(
    arguments: [
      ("task: non-zero exit (1)", 1, "task web.1 failed on node1: exit 1"),
      (
        "task: non-zero exit (137): dockerexec: unhealthy container", 137,
        "task web.1 failed on node1: exit 137: dockerexec: unhealthy container"
      ),
      ("No such image: pilito:9", nil, "task web.1 failed on node1: No such image: pilito:9"),
      ("", 2, "task web.1 failed on node1: exit 2"),
      ("", nil, "task web.1 failed on node1"),
    ] as [(String, Int?, String)])
  func `a failure is told in few words`(error: String, exitCode: Int?, text: String) {
    let failure = TaskFailure(
      taskID: "t", task: "web.1", node: "node1", state: .failed, exitCode: exitCode, error: error)
    #expect(failure.text == text)
  }

  // MARK: The time

  @Test(arguments: [
    (JSONValue.null, 1, 425), (.object(["Parallelism": .integer(1)]), 3, 495),
    (.object(["Parallelism": .integer(2), "Monitor": .integer(30_000_000_000)]), 3, 510),
    (.object(["Parallelism": .integer(.max)]), 3, 425),
    (.object(["Parallelism": .integer(0), "Delay": .integer(10_000_000_000)]), 9, 435),
  ])
  func `the time that an update may take follows from its settings`(update: JSONValue, replicas: Int, seconds: Int) {
    var scene = Scene()
    scene.add("web", .replicated(replicas))
    scene["web"].specification["UpdateConfig"] = update
    #expect(scene["web"].patience == .seconds(seconds))
  }
}

extension Scene {
  /// Begins a rollout of services that did not exist before.
  fileprivate func begin(_ rollout: inout Rollout, names: [String]) {
    rollout = Rollout(of: names.map { "pilito_\($0)" }, since: Observation())
  }
}
