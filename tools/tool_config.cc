#include "tools/tool_config.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace flowmon {

absl::StatusOr<Config> LoadToolConfig(const std::string& file, std::vector<std::string> overrides) {
  ConfigSources sources;
  if (!file.empty()) sources.file = file;
  sources.environment = environ;
  sources.overrides = std::move(overrides);
  std::error_code error;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) sources.profile_dir = binary.parent_path().parent_path() / "share/flowmon/config";
  return LoadConfig(sources);
}

}  // namespace flowmon
