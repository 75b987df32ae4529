#include "tools/doctor/check_surroundings.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <regex>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "flowdb/read_file.h"
#include "flowdb/str_cat.h"
#include "runtime/flow_shm.h"
#include "tools/doctor/shell.h"

namespace flowmon::doctor {
namespace {

constexpr uint64_t kMaxLibraryBytes = 1 << 30;
constexpr char kLibraryVariable[] = "AFL_CUSTOM_MUTATOR_LIBRARY";

std::string Variable(const char* name) {
  const char* value = getenv(name);
  return value != nullptr ? value : "";
}

// "" or why it cannot be used by who reports into files there.
std::string TroubleWith(const std::string& directory) {
  struct stat info;
  if (stat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return StrCat(directory, " is not there");
  struct statvfs space;
  if (statvfs(directory.c_str(), &space) == 0) {
    if ((space.f_flag & ST_RDONLY) != 0) return StrCat(directory, " is not writable");
    if (space.f_bavail == 0 && space.f_blocks != 0) return StrCat(directory, " is full");
    if (space.f_bavail * 100 < space.f_blocks * FLOW_MIN_FREE_PERCENT)
      return StrCat("less than ", FLOW_MIN_FREE_PERCENT, " % of ", directory, " is free");
  }
  return access(directory.c_str(), W_OK | X_OK) == 0 ? "" : StrCat(directory, " is not writable");
}

// What dlopen() says of it, empty if it is content.
std::string LoadError(const std::string& path) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return "";
  const pid_t pid = fork();
  if (pid == 0) {
    // As afl-fuzz does it.
    if (dlopen(path.c_str(), RTLD_NOW) == nullptr) {
      const char* error = dlerror();
      static_cast<void>(!write(fds[1], error, strlen(error)));
    }
    _exit(0);
  }
  close(fds[1]);
  char text[512];
  const ssize_t size = pid < 0 ? 0 : read(fds[0], text, sizeof(text));
  close(fds[0]);
  if (pid > 0) waitpid(pid, nullptr, 0);
  return std::string(text, size > 0 ? static_cast<size_t>(size) : 0);
}

bool IsOurs(const std::string& content) {
  return content.find(FLOW_SESSION_ENV) != std::string::npos &&
         content.find("afl_custom_init") != std::string::npos;
}

}  // namespace

void CheckEnvironment(uint32_t map_size, Checks& checks) {
  const std::string mode = Variable("FLOW_SHM");
  if (mode == "off") {
    checks.push_back({Level::kProblem, "environment", "FLOW_SHM=off: the target reports nothing",
                      "Unset FLOW_SHM."});
  } else if (mode == "files") {
    checks.push_back({Level::kWarning, "environment",
                      "FLOW_SHM=files: the target does not use the session, which is faster",
                      "Unset FLOW_SHM, unless you want files."});
  }
  const std::string size = Variable("DF_COVERAGE_MAP_SIZE");
  uint32_t bytes = 0;
  if (absl::SimpleAtoi(size, &bytes) && bytes != 0 && bytes < map_size)
    checks.push_back({Level::kWarning, "environment",
                      StrCat("DF_COVERAGE_MAP_SIZE is ", size, ", but the database needs ",
                             map_size, ": without the plugin, hits beyond are lost"),
                      "Unset DF_COVERAGE_MAP_SIZE, or make it larger."});
}

void CheckSharedMemory(const Config::SharedMemory& config, Checks& checks) {
  const bool by_files = config.mode == LaneMode::kFiles;
  const std::string trouble = TroubleWith(config.directory);
  if (trouble.empty()) {
    checks.push_back({Level::kOk, "shared memory",
                      by_files ? StrCat("files in ", config.directory) : "one session region", ""});
    return;
  }
  checks.push_back(
      {by_files ? Level::kProblem : Level::kWarning, "shared memory",
       StrCat(trouble, by_files ? ": the target reports nothing"
                                : ": programs that cannot map the session report nothing"),
       "Make room (`flowmon cleanup` removes leftovers), or name another directory with "
       "FLOW_SHM_DIR."});
}

void CheckPlugin(Checks& checks) {
  const std::string setting = Variable(kLibraryVariable);
  if (setting.empty()) {
    checks.push_back(
        {Level::kWarning, "plugin", StrCat(kLibraryVariable, " is not set"),
         StrCat("Set ", kLibraryVariable, " to the path of libflowmon.so for afl-fuzz.")});
    return;
  }
  bool has_ours = false, all_load = true;
  for (const std::string& path : std::vector<std::string>(absl::StrSplit(setting, ';'))) {
    const absl::StatusOr<std::string> content = ReadRegularFile(path, kMaxLibraryBytes);
    const std::string error = content.ok() ? LoadError(path) : "";
    if (absl::IsNotFound(content.status())) {
      checks.push_back({Level::kProblem, "plugin",
                        StrCat(kLibraryVariable, " names ", path, ", which is not there"),
                        "Give the path of libflowmon.so."});
    } else if (!content.ok()) {
      checks.push_back({Level::kProblem, "plugin",
                        StrCat(kLibraryVariable, ": ", content.status().message()),
                        "Give the path of libflowmon.so itself."});
    } else if (!error.empty()) {
      checks.push_back({Level::kProblem, "plugin", StrCat(path, " cannot be loaded: ", error),
                        "Install what is missing, or build it on this machine."});
    }
    all_load = all_load && content.ok() && error.empty();
    has_ours = has_ours || !content.ok() || IsOurs(*content);
  }
  if (!has_ours) {
    checks.push_back({Level::kProblem, "plugin",
                      StrCat(kLibraryVariable, "=", setting, " names no libflowmon.so"),
                      "Add it, last in the list, behind a ';'."});
  } else if (all_load) {
    checks.push_back({Level::kOk, "plugin", setting, ""});
  }
}

void CheckAflFuzz(const std::string& path, Checks& checks) {
  const std::string program = FindInPath(path.empty() ? "afl-fuzz" : path);
  const std::string output = program.empty() ? "" : OutputOf("", program, "-h");
  std::smatch version;
  if (!std::regex_search(output, version, std::regex("afl-fuzz\\+\\+(\\d+)\\.(\\d+)(\\w*)"))) {
    const std::string name = program.empty() ? "no afl-fuzz in PATH" : program;
    checks.push_back({Level::kWarning, "afl-fuzz",
                      program.empty() ? name : StrCat(name, " does not tell its version"),
                      "Name it with --afl-fuzz."});
    return;
  }
  const std::string text =
      StrCat(program, " ", version[1].str(), ".", version[2].str(), version[3].str());
  const int number = std::stoi(version[1]) * 100 + std::stoi(version[2]);
  if (number >= 409) {
    checks.push_back({Level::kOk, "afl-fuzz", text, ""});
    return;
  }
  checks.push_back({Level::kWarning, "afl-fuzz",
                    StrCat(text,
                           " has no afl_custom_post_run (4.09c and later have): each "
                           "execution is taken in when the next one begins, the last one at "
                           "the end"),
                    "Nothing has to be done; records and counts are the same."});
}

}  // namespace flowmon::doctor
