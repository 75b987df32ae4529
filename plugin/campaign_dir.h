// The directory in shared memory that one campaign's target writes into, and how such directories
// are found again when the campaign was killed.
//
// Name: <base>/flowmon_<pid of afl-fuzz>_<its start time>, mode 0700. The start time makes a reused
// pid recognisable.

#ifndef FLOWMON_PLUGIN_CAMPAIGN_DIR_H_
#define FLOWMON_PLUGIN_CAMPAIGN_DIR_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace flowmon {

// The directory of this process, there or not.
std::string CampaignDirectory(const std::string& base);

// Creates the directory of this process; fails if it cannot be made or is there already.
absl::StatusOr<std::string> CreateCampaignDirectory(const std::string& base);

// Removes the directory, the files and the empty directories in it. False if something is left.
bool RemoveCampaignDirectory(const std::string& path);

// What a killed campaign, or a bare instrumented program, left in shared memory.
struct Leftover {
  std::string path;
  bool is_directory;
};

// Everything under `base` that carries one of our names, belongs to our user and whose processes
// are all gone. `bare_files` also lists flow_events_<pid> and df_coverage_<pid> directly under
// `base`, written by a program that ran without the plugin.
std::vector<Leftover> FindLeftovers(const std::string& base, bool bare_files);

// False, and errno is set, if it could not be removed or not completely. True if it is gone
// already.
bool RemoveLeftover(const Leftover& leftover);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_CAMPAIGN_DIR_H_
