// What can be told from the target's file, without running it.

#ifndef FLOWMON_TOOLS_DOCTOR_CHECK_PROGRAM_H_
#define FLOWMON_TOOLS_DOCTOR_CHECK_PROGRAM_H_

#include <optional>
#include <string>
#include <vector>

#include "tools/doctor/check.h"
#include "tools/program_notes.h"

namespace flowmon::doctor {

struct Program {
  std::string path;
  bool is_script = false;
  bool has_afl = false;
  bool is_persistent = false;
  bool marks_rounds = true;  // of the persistent loop, as far as can be seen
  bool has_runtime = false;
  // Of it and of the shared libraries that it is linked with.
  std::vector<ObjectNotes> notes;

  bool is_instrumented() const { return has_runtime || !notes.empty(); }
};

// The program behind the command line: its first word, or the argument that flow-cc built where
// that is a wrapper. Nothing if there is none that can be run.
std::optional<Program> CheckProgram(const std::vector<std::string>& argv, Checks& checks);

}  // namespace flowmon::doctor

#endif  // FLOWMON_TOOLS_DOCTOR_CHECK_PROGRAM_H_
