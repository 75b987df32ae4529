// Tells whether the target ran, where nothing else does.
//
// AFL++ before 4.09c has no afl_custom_post_run, and calls afl_custom_post_process once more than
// it runs the target for each entry that it trimmed. An execution that reported nothing then looks
// like no execution at all. The kernel knows better: a forkserver that reaped a child has its page
// faults added up, and a persistent child that went another round was scheduled.
//
// Asked only when an execution left no trace and the host gave no sign; costs a few reads of /proc.

#ifndef FLOWMON_PLUGIN_RUN_WITNESS_H_
#define FLOWMON_PLUGIN_RUN_WITNESS_H_

#include <cstdint>
#include <span>

namespace flowmon {

class RunWitness {
 public:
  // Whether the host has a forkserver, and all that it has are among `pids`.
  static bool HasOnlyForkservers(std::span<const uint32_t> pids);

  // Whether a child of the host's forkservers (or of the host itself, if it has none) has run since
  // the last call. The first call compares with the time before any child.
  bool TargetRan();
  // Takes note that it ran: the next TargetRan() compares with now.
  void Note() { last_ = Traces(); }

 private:
  // Differs after every run of the target.
  static uint64_t Traces();

  uint64_t last_ = 0;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_RUN_WITNESS_H_
