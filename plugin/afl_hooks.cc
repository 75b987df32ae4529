#include "plugin/afl_hooks.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "plugin/config.h"
#include "plugin/monitor.h"

namespace {

using flowmon::Monitor;

// The one campaign of this process. Ends with afl_custom_deinit, or with the process where the host
// exits without it (its FATAL does). A child that the host forked and that exits by itself (its
// stand-in for a forkserver does, under AFL_NO_FORKSRV) has a copy that is not its own to end.
class Campaign {
 public:
  ~Campaign() { End(); }
  void Begin(std::unique_ptr<Monitor> monitor) {
    monitor_ = std::move(monitor);
    owner_ = getpid();
  }
  void End() {
    if (getpid() == owner_)
      monitor_.reset();
    else
      static_cast<void>(monitor_.release());
  }
  Monitor* monitor() const { return monitor_.get(); }

 private:
  std::unique_ptr<Monitor> monitor_;
  pid_t owner_ = 0;
};
Campaign campaign;

// afl-fuzz ends here: a campaign of days with a wrong configuration would be worse.
[[noreturn]] void Refuse(std::string_view why) {
  fprintf(stderr, "\n[-] flowmon: %.*s\n", static_cast<int>(why.size()), why.data());
  exit(EXIT_FAILURE);
}

// The shipped profiles lie beside the library: <prefix>/share/flowmon/config.
std::string ProfileDirectory() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&afl_custom_init), &info) == 0) return {};
  std::error_code error;
  const std::filesystem::path library = std::filesystem::canonical(info.dli_fname, error);
  return error ? std::string()
               : (library.parent_path().parent_path() / "share/flowmon/config").string();
}

void Start() {
  flowmon::ConfigSources sources;
  sources.environment = environ;
  sources.profile_dir = ProfileDirectory();
  flowmon::ConfigOrigins origins;
  const absl::StatusOr<flowmon::Config> config = flowmon::LoadConfig(sources, &origins);
  if (!config.ok()) Refuse(std::string(config.status().message()));
  const char* afl_out = getenv("__AFL_OUT_DIR");
  if (!afl_out && config->output.directory.empty()) {
    // Not afl-fuzz: afl-showmap loads mutators, too, and has no place for records.
    fprintf(stderr,
            "[!] flowmon: nothing is observed: the host is not afl-fuzz, and "
            "FLOW_MONITOR_OUTPUT does not name a directory\n");
    return;
  }
  absl::StatusOr<std::unique_ptr<Monitor>> monitor =
      Monitor::Create(*config, origins, afl_out ? afl_out : "");
  if (!monitor.ok()) Refuse(std::string(monitor.status().message()));
  const flowmon::FlowDbFile& flowdb = (*monitor)->flowdb();
  fprintf(stderr, "[*] flowmon: %zu flows of %s, records in %s\n", flowdb.db.num_flows(),
          config->flow_database.path.c_str(), (*monitor)->output_directory().c_str());
  if (flowdb.num_warnings > 0)
    fprintf(stderr, "[!] flowmon: %llu warnings on %s, see %s\n",
            static_cast<unsigned long long>(flowdb.num_warnings),
            config->flow_database.path.c_str(), (*monitor)->log_path().c_str());
  campaign.Begin(*std::move(monitor));
}

// Without a monitor there is nothing to observe. What throws (memory is short) costs that
// execution, never the campaign.
template <typename Step>
void Observe(Step step) {
  Monitor* monitor = campaign.monitor();
  if (!monitor) return;
  try {
    step(*monitor);
  } catch (const std::exception& error) {
    monitor->OnFailure(error.what());
  }
}

}  // namespace

void* afl_custom_init(afl_state_t*, unsigned int) {
  try {
    Start();
  } catch (const std::exception& error) {
    Refuse(error.what());
  }
  return &campaign;
}

size_t afl_custom_post_process(void*, uint8_t* buf, size_t buf_size, uint8_t** out_buf) {
  *out_buf = buf;
  Observe([&](Monitor& monitor) { monitor.BeforeExecution({buf, buf_size}); });
  return buf_size;
}

void afl_custom_post_run(void*) {
  Observe([](Monitor& monitor) { monitor.AfterExecution(); });
}

void afl_custom_deinit(void*) { campaign.End(); }
