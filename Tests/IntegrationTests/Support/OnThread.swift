import Foundation

/// Runs blocking code on a thread of its own, so that a test which waits for seconds does not hold up the others.
///
/// It stays part of the calling task, so that an expectation that fails there is told with its test.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await withTaskExecutorPreference(ThreadExecutor()) { try await run(body) }
}

@concurrent
private func run<Result: Sendable>(_ body: @Sendable () throws -> Result) async throws -> Result {
  // The preference counts from the next suspension on.
  await Task.yield()
  return try body()
}

/// Runs each job on a new thread.
private final class ThreadExecutor: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = asUnownedTaskExecutor()
    Thread.detachNewThread { job.runSynchronously(on: executor) }
  }
}
