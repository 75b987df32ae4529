#include "tools/target_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_replace.h"
#include "flowdb/str_cat.h"
#include "plugin/clock.h"
#include "plugin/unique_fd.h"

namespace flowmon {
namespace {

// A sanitizer that ends the program by exit() would not look like a crash: as afl-fuzz does it.
constexpr std::pair<const char*, const char*> kSanitizerOptions[] = {
    {"ASAN_OPTIONS", "abort_on_error=1:detect_leaks=0:symbolize=0:allocator_may_return_null=1"},
    {"UBSAN_OPTIONS", "halt_on_error=1:abort_on_error=1:symbolize=0"},
    {"MSAN_OPTIONS", "abort_on_error=1:symbolize=0"},
};

constexpr int kMaxLastReads = 8;
constexpr uint32_t kMaxReplayEvents = 1u << 20;

UniqueFd OpenProcess(pid_t pid) {
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

std::vector<std::string> MakeEnvironment(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::map<std::string, std::string> all;
  for (const auto& [name, value] : kSanitizerOptions) all[name] = value;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t end = text.find('=');
    if (end != std::string_view::npos) all[std::string(text.substr(0, end))] = text.substr(end + 1);
  }
  if (const auto mode = all.find("FLOW_SHM"); mode != all.end() && mode->second == "off")
    all.erase(mode);
  for (const auto& [name, value] : variables) all[name] = value;
  std::vector<std::string> environment;
  environment.reserve(all.size());
  for (const auto& [name, value] : all) environment.push_back(StrCat(name, "=", value));
  return environment;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void Limit(__rlimit_resource_t resource, rlim_t value) {
  const struct rlimit limit = {value, value};
  setrlimit(resource, &limit);
}

struct Pipe {
  UniqueFd read_end, write_end;
};

absl::StatusOr<Pipe> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "cannot make a pipe");
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// Between fork and exec. What fails is written to `report_fd`.
[[noreturn]] void Execute(char* const* argv, char* const* environment, uint32_t memory_mib,
                          int input_fd, int error_fd, int report_fd, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  Limit(RLIMIT_CORE, 0);
  if (memory_mib != 0) Limit(RLIMIT_AS, rlim_t{memory_mib} << 20);
  const int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(input_fd >= 0 ? input_fd : null_fd, 0);
  dup2(null_fd, 1);
  dup2(error_fd, 2);
  execvpe(argv[0], argv, environment);
  const int error = errno;
  static_cast<void>(!write(report_fd, &error, sizeof(error)));
  _exit(127);
}

// Reads what is there; false at the end.
bool ReadSome(int fd, std::string& tail) {
  char chunk[16384];
  const ssize_t size = read(fd, chunk, sizeof(chunk));
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  tail.append(chunk, static_cast<size_t>(size));
  if (tail.size() > TargetRunner::kMaxErrorOutput)
    tail.erase(0, tail.size() - TargetRunner::kMaxErrorOutput);
  return size > 0;
}

// Waits for the process, not for who else has its standard error open. False if time ran out.
bool WaitWithin(pid_t pid, uint32_t timeout_ms, int error_fd, std::string& error_output) {
  const UniqueFd process = OpenProcess(pid);
  const uint64_t deadline_ns = NowNs(CLOCK_MONOTONIC) + uint64_t{timeout_ms} * 1'000'000;
  struct pollfd ready[] = {{process.get(), POLLIN, 0}, {error_fd, POLLIN, 0}};
  while (true) {
    const uint64_t now_ns = NowNs(CLOCK_MONOTONIC);
    if (now_ns >= deadline_ns) return false;
    const auto wait_ms =
        static_cast<int>(std::min<uint64_t>((deadline_ns - now_ns) / 1'000'000 + 1, 3'600'000));
    if (poll(ready, 2, wait_ms) < 0 && errno != EINTR) return false;
    if (ready[1].revents != 0 && !ReadSome(error_fd, error_output)) ready[1].fd = -1;
    if (ready[0].revents != 0) return true;
  }
}

}  // namespace

std::string DescribeEnd(const TargetRun& run) {
  if (run.timed_out) return "time-out";
  if (run.signal == 0) return StrCat("exit ", run.exit_code);
  const char* name = sigabbrev_np(run.signal);
  return name != nullptr ? StrCat("SIG", name) : StrCat("signal ", run.signal);
}

Config::SharedMemory MemoryForReplay(Config::SharedMemory memory) {
  memory.map_size = 0;
  memory.max_events = std::max(memory.max_events, kMaxReplayEvents);
  memory.max_events_per_id = 0;
  return memory;
}

absl::StatusOr<TargetRunner> TargetRunner::Create(const FlowDb& db,
                                                  const Config::SharedMemory& config,
                                                  TargetCommand command) {
  if (command.argv.empty()) return absl::InvalidArgumentError("no target: give it behind --");
  if (!OpenProcess(getpid()))
    return absl::ErrnoToStatus(
        errno,
        "cannot wait for a target: pidfd_open needs Linux 5.3, and a seccomp "
        "profile that allows it");
  absl::StatusOr<TargetLanes> lanes = CreateTargetLanes(config, db, false);
  if (!lanes.ok()) return lanes.status();
  std::vector<std::string> environment = MakeEnvironment(TargetVariables(config, db, *lanes));
  return TargetRunner(*std::move(lanes), std::move(environment), config.max_events,
                      std::move(command));
}

TargetRunner::TargetRunner(TargetLanes lanes, std::vector<std::string> environment,
                           uint32_t max_events, TargetCommand command)
    : lanes_(std::move(lanes)),
      environment_(std::move(environment)),
      max_events_(max_events),
      command_(std::move(command)) {}

DatabaseFit TargetRunner::CompareDatabase(uint64_t hash) const {
  const DatabaseFit fit = lanes_.files->CompareDatabase(hash);
  return fit == DatabaseFit::kNoDifference && lanes_.session ? lanes_.session->CompareDatabase(hash)
                                                             : fit;
}

absl::StatusOr<TargetRun> TargetRunner::Run(const std::string& input) {
  std::vector<std::string> arguments;
  bool has_placeholder = false;
  for (const std::string& argument : command_.argv) {
    has_placeholder = has_placeholder || argument.find("@@") != std::string::npos;
    arguments.push_back(absl::StrReplaceAll(argument, {{"@@", input}}));
  }
  const UniqueFd input_fd(open(input.c_str(), O_RDONLY | O_CLOEXEC));
  if (!input_fd) return absl::ErrnoToStatus(errno, StrCat("cannot read ", input));
  absl::StatusOr<Pipe> errors = MakePipe();
  absl::StatusOr<Pipe> report = MakePipe();
  if (!errors.ok()) return errors.status();
  if (!report.ok()) return report.status();
  const std::vector<char*> argv = Pointers(arguments), environment = Pointers(environment_);

  TargetRun run;
  const uint64_t start_ns = NowNs(CLOCK_MONOTONIC);
  if (lanes_.session) lanes_.session->BeginRun();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "cannot start a process");
  if (pid == 0)
    Execute(argv.data(), environment.data(), command_.memory_mib,
            has_placeholder ? -1 : input_fd.get(), errors->write_end.get(), report->write_end.get(),
            parent);
  setpgid(pid, pid);  // whoever of the two comes first
  errors->write_end = UniqueFd();
  report->write_end = UniqueFd();
  fcntl(errors->read_end.get(), F_SETFL, O_NONBLOCK);
  int exec_error = 0;  // the pipe is closed by exec
  const bool failed =
      read(report->read_end.get(), &exec_error, sizeof(exec_error)) == sizeof(exec_error);
  run.timed_out = !WaitWithin(pid, command_.timeout_ms, errors->read_end.get(), run.error_output);
  kill(-pid, SIGKILL);  // while the pid is still its own
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  run.seconds = static_cast<double>(NowNs(CLOCK_MONOTONIC) - start_ns) / 1e9;
  // What is left in the pipe; somebody who has left the group may still write.
  for (int i = 0; i < kMaxLastReads && ReadSome(errors->read_end.get(), run.error_output); ++i) {
  }
  if (lanes_.session) lanes_.session->Collect(run.execution);
  lanes_.files->Collect(start_ns, run.execution);
  run.execution.Normalize(max_events_);
  made_files_ =
      made_files_ || (lanes_.session ? lanes_.files->is_open() : !run.execution.pids.empty());
  if (failed) return absl::ErrnoToStatus(exec_error, StrCat("cannot run ", command_.argv[0]));
  if (WIFEXITED(status)) run.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) run.signal = WTERMSIG(status);
  return run;
}

}  // namespace flowmon
