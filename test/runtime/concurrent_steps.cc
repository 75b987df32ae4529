// A C++ target that reports from several threads, from a signal handler, or right after fork().
// Usage: concurrent_steps threads|contended|signals|forks

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "flowmon.h"

namespace {

// 8 threads, each 500 sources, hits and sinks, all starting at once.
void ReportFromThreads() {
  std::atomic<bool> go = false;
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 8; ++t)
    threads.emplace_back([t, &go] {
      while (!go) {
      }
      for (uint32_t i = 0; i < 500; ++i) {
        FLOW_SOURCE(&i, sizeof(i), t);
        FLOW_HIT(t);
        FLOW_SINK(&i, sizeof(i), t);
      }
    });
  go = true;
  for (std::thread& thread : threads) thread.join();
}

std::atomic<uint32_t> signals_seen = 0;
void OnSignal(int) {
  const uint32_t n = ++signals_seen;
  FLOW_SINK(&n, sizeof(n), 2);
}

void ReportFromSignals() {
  signal(SIGALRM, OnSignal);
  itimerval interval = {{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &interval, nullptr);
  uint32_t reported = 0;
  while (signals_seen < 100) {
    if (reported < 10000) FLOW_SOURCE(&++reported, sizeof(reported), 1);
  }
  interval = {};
  setitimer(ITIMER_REAL, &interval, nullptr);
  const uint32_t totals[] = {reported, signals_seen};
  if (write(1, totals, sizeof(totals)) != sizeof(totals)) _exit(1);
}

// Each generation reports once before and once after its fork().
void ReportAcrossForks() {
  for (uint32_t generation = 0; generation < 4; ++generation) {
    FLOW_SOURCE(&generation, sizeof(generation), generation);
    if (const pid_t child = fork()) {
      waitpid(child, nullptr, 0);
      FLOW_SINK(&generation, sizeof(generation), generation);
      _exit(0);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "threads") FLOW_HIT(100);  // the files exist before the threads do
  if (mode == "threads" || mode == "contended") ReportFromThreads();
  if (mode == "settled_signals") FLOW_HIT(100);  // and before the first signal
  if (mode == "signals" || mode == "settled_signals") ReportFromSignals();
  if (mode == "forks") ReportAcrossForks();
  return 0;
}
