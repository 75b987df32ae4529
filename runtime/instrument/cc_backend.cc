#include "runtime/instrument/cc_backend.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace flowmon {
namespace {

constexpr size_t kMaxVersionOutput = 1 << 16;

// What the command prints on both streams; at most kMaxVersionOutput of it is kept.
absl::StatusOr<std::string> OutputOf(const std::string& program, const char* argument) {
  std::array<int, 2> pipe_ends;
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDERR_FILENO);
  std::string name = program;
  std::string option = argument;
  const std::array<char*, 3> argv = {name.data(), option.data(), nullptr};
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  const absl::Cleanup close_pipe = [&] { close(pipe_ends[0]); };
  if (error != 0) return absl::ErrnoToStatus(error, program);

  std::string output;
  std::array<char, 4096> buffer;
  for (ssize_t n; (n = read(pipe_ends[0], buffer.data(), buffer.size())) != 0;) {
    if (n < 0 && errno != EINTR) break;
    if (n > 0 && output.size() < kMaxVersionOutput) output.append(buffer.data(), size_t(n));
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return output;
}

bool IsInPath(const std::string& program) {
  const char* path = std::getenv("PATH");
  for (absl::string_view directory : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    if (access(absl::StrCat(directory, "/", program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// What to do instead: names the compilers that fit and are there, or how to get one.
std::string Remedy(const std::vector<int>& versions) {
  if (versions.empty()) return "no pass is installed beside flow-cc: reinstall flowmon";
  std::vector<std::string> clangs;
  for (const int version : versions) {
    std::string clang = absl::StrCat("clang-", version);
    if (IsInPath(clang)) clangs.push_back(std::move(clang));
  }
  const std::string way =
      clangs.empty() ? absl::StrCat("install clang (apt-get install clang-", versions.back(),
                                    ") and set FLOW_CC_BACKEND=clang-", versions.back())
                     : absl::StrCat("set FLOW_CC_BACKEND to ", absl::StrJoin(clangs, " or "),
                                    ", or to an afl-clang-fast or afl-clang-lto of that LLVM");
  return absl::StrCat(way, " (flowmon is built for clang ", absl::StrJoin(versions, ", "), ")");
}

}  // namespace

std::optional<std::string> CxxNameOf(std::string_view cc) {
  const size_t base = cc.rfind('/') + 1;
  for (std::string_view stem :
       {"afl-clang-fast", "afl-clang-lto", "afl-clang", "clang", "afl-cc"}) {
    std::string_view rest = cc.substr(base);
    if (!rest.starts_with(stem)) continue;
    rest.remove_prefix(stem.size());
    if (!rest.empty() && rest[0] != '-') continue;
    const std::string_view kept = stem == "afl-cc" ? "afl-c" : stem;
    return std::string(cc.substr(0, base)).append(kept).append("++").append(rest);
  }
  return std::nullopt;
}

absl::StatusOr<std::string> ChooseBackend(bool is_cxx, const char* cc_backend,
                                          const char* cxx_backend) {
  const auto is_set = [](const char* name) { return name != nullptr && *name != '\0'; };
  const std::string cc = is_set(cc_backend) ? cc_backend : "afl-clang-fast";
  if (!is_cxx) return cc;
  if (is_set(cxx_backend)) return std::string(cxx_backend);
  if (const std::optional<std::string> cxx = CxxNameOf(cc)) return *cxx;
  return absl::InvalidArgumentError(
      absl::StrCat("FLOW_CC_BACKEND=", cc,
                   " has no C++ compiler that flow-cc knows of: set it to a clang, "
                   "or set FLOW_CXX_BACKEND to a clang++ as well"));
}

bool IsPlainClang(std::string_view backend) {
  return backend.substr(backend.rfind('/') + 1).starts_with("clang");
}

std::optional<int> ClangMajor(std::string_view version_output) {
  constexpr std::string_view kMark = "clang version ";
  const size_t mark = version_output.find(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  const std::string_view number = version_output.substr(mark + kMark.size());
  const size_t digits = std::min(number.find_first_not_of("0123456789"), number.size());
  int major = 0;
  if (!absl::SimpleAtoi(absl::string_view(number.data(), digits), &major)) return std::nullopt;
  return major;
}

std::string PassPath(const std::string& lib_dir, int version) {
  return absl::StrCat(lib_dir, "/libflow_pass-", version, ".so");
}

std::vector<int> PassVersions(const std::string& lib_dir) {
  std::vector<int> versions;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(lib_dir, error)) {
    const std::string name = entry.path().filename().string();
    constexpr size_t kPrefix = std::string_view("libflow_pass-").size();
    int version = 0;
    if (name.starts_with("libflow_pass-") && name.ends_with(".so") &&
        absl::SimpleAtoi(name.substr(kPrefix, name.size() - kPrefix - 3), &version)) {
      versions.push_back(version);
    }
  }
  std::sort(versions.begin(), versions.end());
  return versions;
}

absl::StatusOr<int> CheckBackend(const std::string& backend, const std::vector<int>& versions) {
  const absl::StatusOr<std::string> output = OutputOf(backend, "--version");
  if (!output.ok()) {
    const char* install =
        backend.starts_with("afl-") ? "install AFL++ (apt-get install afl++), or " : "";
    return absl::NotFoundError(absl::StrCat("cannot run the compiler ", output.status().message(),
                                            ": ", install, Remedy(versions)));
  }
  const std::optional<int> major = ClangMajor(*output);
  if (!major.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        backend, " is not clang and cannot load the flow pass: ", Remedy(versions),
        "; code that nothing but gcc compiles can be marked by hand, see <flowmon.h>"));
  }
  if (!std::binary_search(versions.begin(), versions.end(), *major)) {
    return absl::InvalidArgumentError(absl::StrCat(backend, " is clang ", *major,
                                                   ", which has no flow pass: ", Remedy(versions)));
  }
  return *major;
}

}  // namespace flowmon
