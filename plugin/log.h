// The log file of a campaign. Over spdlog, which stays behind this header: it is slow to compile.

#ifndef FLOWMON_PLUGIN_LOG_H_
#define FLOWMON_PLUGIN_LOG_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "plugin/config.h"

namespace spdlog {
class logger;
}

namespace flowmon {

// Appends to `path`, creating it. Nothing is ever printed: the screen belongs to AFL++.
absl::StatusOr<std::shared_ptr<spdlog::logger>> OpenLog(const std::string& path, LogLevel level);

// Failures to write are counted by nobody and stop nothing. A text may have several lines.
void LogLine(spdlog::logger& logger, LogLevel level, std::string_view text);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_LOG_H_
