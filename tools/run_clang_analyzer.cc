#include "tools/run_clang_analyzer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

// Packages of checkers by the names that they have had.
constexpr std::string_view kCheckers[] = {"alpha.security.taint", "optin.taint",
                                          "alpha.security.ArrayBoundV2", "security.ArrayBound"};

}  // namespace

std::string NewestClang() {
  const char* path = std::getenv("PATH");
  int newest = -1;
  std::string name;
  for (const absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(folder), error)) {
      const std::string file = entry.path().filename();
      absl::string_view number = file;
      int version = 0;
      const bool fits = file == "clang" || (absl::ConsumePrefix(&number, "clang-") &&
                                            absl::SimpleAtoi(number, &version));
      if (!fits || version <= newest || access(entry.path().c_str(), X_OK) != 0) continue;
      newest = version;
      name = file;
    }
  }
  return name;
}

int RunCommand(const std::vector<std::string>& command, std::string* output) {
  std::vector<std::string> args = command;
  std::vector<char*> pointers;
  pointers.reserve(args.size() + 1);
  for (std::string& arg : args) pointers.push_back(arg.data());
  pointers.push_back(nullptr);
  int pipe_fds[2] = {-1, -1};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (output != nullptr && pipe2(pipe_fds, O_CLOEXEC) == 0) {
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
  }
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (pipe_fds[1] >= 0) close(pipe_fds[1]);
  std::array<char, 4096> buffer;
  while (error == 0 && pipe_fds[0] >= 0) {
    const ssize_t got = read(pipe_fds[0], buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    output->append(buffer.data(), static_cast<size_t>(got));
  }
  if (pipe_fds[0] >= 0) close(pipe_fds[0]);
  if (error != 0) return 127;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

absl::StatusOr<std::vector<std::string>> ClangAnalyzerCommand(
    const std::string& clang, const std::vector<std::string>& extra_args) {
  std::string help;
  for (const char* option : {"-analyzer-checker-help", "-analyzer-checker-help-alpha"}) {
    if (RunCommand({clang, "-cc1", option}, &help) != 0) {
      return absl::NotFoundError(
          StrCat("cannot run ", clang, " -cc1 ", option,
                 ": install a clang (apt-get install clang-19), or name one by --clang-command"));
    }
  }
  std::vector<std::string_view> checkers;
  for (const std::string_view checker : kCheckers) {
    if (absl::StrContains(help, StrCat("  ", checker, ".")) ||
        absl::StrContains(help, StrCat("  ", checker, " "))) {
      checkers.push_back(checker);
    }
  }
  if (checkers.empty()) {
    return absl::NotFoundError(
        StrCat(clang, " has no taint checker: name a clang from 14 on by --clang-command"));
  }
  std::vector<std::string> command = {
      clang,
      "--analyze",
      "--analyzer-no-default-checks",
      "-Xclang",
      "-analyzer-output=sarif",
      "-Xclang",
      StrCat("-analyzer-checker=",
             absl::StrJoin(checkers, ",", [](std::string* out, std::string_view checker) {
               out->append(checker);
             }))};
  command.insert(command.end(), extra_args.begin(), extra_args.end());
  return command;
}

}  // namespace flowmon
