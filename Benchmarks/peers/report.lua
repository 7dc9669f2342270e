-- wrk calls this once, after the run: one line of numbers in place of its text. Latencies are in µs.
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "\nresult requests=%d duration=%d p50=%d p99=%d status=%d socket=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
