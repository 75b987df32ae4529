#include "plugin/log.h"

#include <fcntl.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <stdio.h>
#include <sys/stat.h>

#include "absl/status/status.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

}  // namespace

absl::StatusOr<std::shared_ptr<spdlog::logger>> OpenLog(const std::string& path, LogLevel level) {
  try {
    // The target must not inherit the file, nor other users read it.
    spdlog::file_event_handlers handlers;
    handlers.after_open = [](const spdlog::filename_t&, FILE* file) {
      fcntl(fileno(file), F_SETFD, FD_CLOEXEC);
      fchmod(fileno(file), 0600);
    };
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path, false, handlers);
    // Not in spdlog's registry: another library in this process may use spdlog as well.
    auto logger = std::make_shared<spdlog::logger>("flowmon", std::move(sink));
    logger->set_level(ToSpdlog(level));
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
    logger->flush_on(spdlog::level::info);
    logger->set_error_handler([](const std::string&) {});
    return logger;
  } catch (const spdlog::spdlog_ex& error) {
    return absl::FailedPreconditionError(StrCat("cannot open the log ", path, ": ", error.what()));
  }
}

void LogLine(spdlog::logger& logger, LogLevel level, std::string_view text) {
  logger.log(ToSpdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace flowmon
