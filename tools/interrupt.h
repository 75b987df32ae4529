// Ctrl-C for commands that must leave whole files: while a guard lives, SIGINT, SIGTERM and SIGHUP
// are noted and do not end the process.

#ifndef FLOWMON_TOOLS_INTERRUPT_H_
#define FLOWMON_TOOLS_INTERRUPT_H_

#include <signal.h>

#include <array>

namespace flowmon {

// One at a time. A second signal ends the process as usual. System calls are interrupted (EINTR).
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool is_interrupted() const { return signal() != 0; }
  // The signal that came, or 0.
  int signal() const;

 private:
  std::array<struct sigaction, 3> previous_ = {};
};

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_INTERRUPT_H_
