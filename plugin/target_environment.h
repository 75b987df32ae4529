// The environment variables that tell the target where and how to report.
//
// The host's own environment is what the target inherits, so they are set in this process; set them
// before the target starts, and from the thread that may call setenv. What was there before comes
// back with the end of the object.

#ifndef FLOWMON_PLUGIN_TARGET_ENVIRONMENT_H_
#define FLOWMON_PLUGIN_TARGET_ENVIRONMENT_H_

#include <stdlib.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flowmon {

class TargetEnvironment {
 public:
  TargetEnvironment() = default;
  TargetEnvironment(const TargetEnvironment&) = delete;
  TargetEnvironment& operator=(const TargetEnvironment&) = delete;
  ~TargetEnvironment() {
    for (auto it = before_.rbegin(); it != before_.rend(); ++it)
      it->second ? setenv(it->first.c_str(), it->second->c_str(), 1) : unsetenv(it->first.c_str());
  }

  void Set(const std::string& name, const std::string& value) {
    const char* before = getenv(name.c_str());
    before_.emplace_back(name, before ? std::optional<std::string>(before) : std::nullopt);
    setenv(name.c_str(), value.c_str(), 1);
  }

 private:
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_TARGET_ENVIRONMENT_H_
