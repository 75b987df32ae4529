// Runs a program to its end and tells how it ended.

#ifndef FLOWMON_TEST_SUPPORT_RUN_PROGRAM_H_
#define FLOWMON_TEST_SUPPORT_RUN_PROGRAM_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flowmon::test {

struct Program {
  std::vector<std::string> argv;                        // argv[0] is searched in PATH
  std::map<std::string, std::string> environment = {};  // added to ours; an empty value removes
  std::string input = {};                               // standard input
  std::string directory = {};                           // empty = ours
  int timeout_seconds = 60;                             // then it is killed, and `signal` says so
};

struct Ended {
  int exit_code = -1;  // -1 if it was killed
  int signal = 0;      // that killed it, 0 if none did
  pid_t pid = 0;
  std::string output;  // standard output and error, as they came
};

Ended RunProgram(const Program& program);

// For programs that a test does something to while they run.
class RunningProgram {
 public:
  explicit RunningProgram(const Program& program);
  ~RunningProgram();  // kills it if it was not waited for
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  pid_t pid() const { return pid_; }
  Ended Wait();

 private:
  pid_t pid_;
  int output_fd_;
  int timeout_seconds_;
};

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_SUPPORT_RUN_PROGRAM_H_
