import CLinux
import Glibc
import Synchronization

/// One thread that runs tasks and waits for descriptors and deadlines with epoll(7).
///
/// It is a task executor: what is started with `spawn`, and every nonisolated function, actor and child task that is
/// awaited from there, runs on the thread that called `run`. So the code on the loop needs no locks, and its objects
/// (`Waiter`, `Channel`, `Socket`, `Listener`) may be touched from that thread only.
///
/// A bare `Task { }`, `Task.sleep` and `@MainActor` leave the loop: use `spawn` and `sleep(until:)`.
/// Nothing that blocks may be called on it.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
  private struct Inbox {
    var jobs: [UnownedJob] = []
    var isClosed = false
  }

  private let epoll: Epoll
  /// What other threads have enqueued.
  private let inbox = Locked(Inbox())
  /// The thread in `run`, 0 before that; read by `enqueue` on every thread.
  private let thread = Atomic<UInt>(0)
  /// What the loop's own thread has enqueued, in order.
  private var jobs: [UnownedJob] = []
  private var batch: [UnownedJob] = []
  /// By descriptor number.
  private var channels: [Channel?] = []
  private var generation: UInt32 = 0
  private var isRunning = true
  var alarms = Alarms()

  /// The time of the current turn: exact when the turn began, and stale by at most what the turn has computed since.
  public private(set) var now = Instant.now

  /// - Throws: `IOError` where the process has no descriptors left.
  package init() throws(IOError) {
    epoll = try Epoll()
  }

  // MARK: Tasks

  /// Runs `body` on the calling thread, and with it all that was spawned, until `body` returns.
  ///
  /// Tasks that are still suspended then are dropped with the loop: a body waits for those that matter.
  package func run(_ body: sending @escaping () async -> Void) {
    precondition(thread.load(ordering: .relaxed) == 0, "a loop runs once")
    thread.store(EventLoop.currentThread, ordering: .relaxed)
    Task(executorPreference: self) {
      await body()
      self.isRunning = false
    }
    while isRunning { turn() }
    // Waiters and channels hold the loop: what is left of them must not keep it alive.
    alarms.cancelAll()
    channels = []
  }

  /// Starts a task on the loop; may be called from every thread.
  public func spawn(_ body: sending @escaping () async -> Void) {
    Task(executorPreference: self, operation: body)
  }

  /// Suspends the task until `deadline`.
  public func sleep(until deadline: Instant) async {
    _ = await Waiter(on: self).wait(until: deadline)
  }

  /// TaskExecutor's requirement: the runtime hands over a task that can go on.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      jobs.append(job)
    } else {
      let mustInterrupt = inbox.withLock { inbox in
        inbox.jobs.append(job)
        return inbox.jobs.count == 1
      }
      if mustInterrupt { epoll.interrupt() }
    }
  }

  /// Whether the caller runs on the loop's thread.
  package var isCurrent: Bool { thread.load(ordering: .relaxed) == EventLoop.currentThread }

  private static var currentThread: UInt { UInt(pthread_self()) }

  // MARK: Turns

  /// Waits for events, unless there are jobs; tells the waiters; then runs the jobs.
  ///
  /// No job runs while events are handed out, so that none can close a channel that a later event of the same batch names.
  private func turn() {
    epoll.wait(milliseconds: jobs.isEmpty ? millisecondsToNextAlarm : 0) { event in
      let descriptor = Int(event.token & 0xffff_ffff)
      guard descriptor < channels.count, let channel = channels[descriptor], channel.token == event.token else {
        return
      }
      channel.report(event)
    }
    now = .now
    while let waiter = alarms.popDue(at: now) { waiter.ring(at: now) }
    inbox.withLock { inbox in
      jobs.append(contentsOf: inbox.jobs)
      inbox.jobs.removeAll(keepingCapacity: true)
    }
    swap(&jobs, &batch)
    for job in batch { job.runSynchronously(on: asUnownedTaskExecutor()) }
    batch.removeAll(keepingCapacity: true)
  }

  private var millisecondsToNextAlarm: Int32 {
    guard let next = alarms.next else { return -1 }
    // Rounded up, so that the alarm is due when epoll_wait returns.
    let milliseconds = ((next - .now).nanoseconds + 999_999) / 1_000_000
    return Int32(clamping: max(0, milliseconds))
  }

  // MARK: Descriptors

  func register(_ channel: Channel) throws(IOError) {
    generation &+= 1
    let descriptor = Int(channel.descriptor)
    channel.token = UInt64(generation) << 32 | UInt64(descriptor)
    try epoll.add(channel.descriptor, token: channel.token)
    while channels.count <= descriptor { channels.append(nil) }
    channels[descriptor] = channel
  }

  func forget(_ channel: Channel, isOpen: Bool) {
    if isOpen { epoll.remove(channel.descriptor) }
    // Past the end of the loop, no channel is known any more.
    let descriptor = Int(channel.descriptor)
    if descriptor < channels.count, channels[descriptor] === channel { channels[descriptor] = nil }
  }
}

extension Instant {
  /// The present, read from CLOCK_MONOTONIC.
  public static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
