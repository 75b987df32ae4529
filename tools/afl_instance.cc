#include "tools/afl_instance.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "flowdb/str_cat.h"
#include "plugin/statistics_report.h"
#include "tools/campaign_files.h"

namespace flowmon {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCrashes = "crashes";
constexpr const char* kHangs = "hangs";

// Sorted; those that cannot be listed have none.
std::vector<fs::path> List(const fs::path& directory, bool directories) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error))
    if (directories ? entry.is_directory(error) : entry.is_regular_file(error))
      found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

void AddInputs(const fs::path& directory, SavedKind kind, AflInstance& instance) {
  for (const fs::path& file : List(directory, false))
    if (file.filename() != "README.txt") instance.inputs.push_back({file.string(), kind});
}

bool IsInstance(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_directory(directory / kCrashes, ignored) ||
         fs::is_directory(directory / kHangs, ignored);
}

// The file `cmdline` has one argument a line; fuzzer_stats has them with blanks in between, and so
// loses those inside an argument.
std::vector<std::string> ReadTarget(const fs::path& directory, const std::string& command_line) {
  std::vector<std::string> target;
  std::ifstream file(directory / "cmdline");
  for (std::string line; std::getline(file, line);) target.push_back(line);
  if (!target.empty()) return target;
  const size_t end_of_options = command_line.find(" -- ");
  if (end_of_options == std::string::npos) return target;
  return absl::StrSplit(command_line.substr(end_of_options + 4), ' ', absl::SkipEmpty());
}

AflInstance ReadInstance(const fs::path& directory) {
  AflInstance instance;
  instance.directory = directory.string();
  const auto stats = ReadStatsFile((directory / "fuzzer_stats").string());
  const auto ours = ReadStatsFile((directory / "flowmon" / kStatsFileName).string());
  const auto value = [](const std::map<std::string, std::string>& of, const char* key) {
    const auto at = of.find(key);
    return at == of.end() ? std::string() : at->second;
  };
  instance.target = ReadTarget(directory, value(stats, "command_line"));
  if (!absl::SimpleAtoi(value(stats, "exec_timeout"), &instance.timeout_ms))
    instance.timeout_ms = 0;
  instance.flowdb = value(ours, "flowdb");
  instance.flowdb_hash = value(ours, "flowdb_hash");
  AddInputs(directory / kCrashes, SavedKind::kCrash, instance);
  AddInputs(directory / kHangs, SavedKind::kHang, instance);
  return instance;
}

}  // namespace

absl::StatusOr<std::vector<AflInstance>> FindAflInstances(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error))
    return absl::NotFoundError(
        StrCat(path,
               " is no directory; give the output directory of afl-fuzz (its -o), or one of "
               "inputs"));
  if (IsInstance(path)) return std::vector<AflInstance>{ReadInstance(path)};
  std::vector<AflInstance> instances;
  for (const fs::path& directory : List(path, true))
    if (IsInstance(directory)) instances.push_back(ReadInstance(directory));
  if (!instances.empty()) return instances;
  AflInstance plain;
  plain.directory = path;
  plain.is_plain = true;
  AddInputs(path, SavedKind::kOther, plain);
  if (plain.inputs.empty())
    return absl::NotFoundError(StrCat("no crashes, no hangs and no files in ", path));
  return std::vector<AflInstance>{std::move(plain)};
}

}  // namespace flowmon
