// How the plugin gets at what its target reports, by the portable protocol: a directory of its own
// for the campaign's files, scanned after each execution.
//
// The files in it are those of this afl-fuzz's children and of nobody else: instances never mix and
// foreign files are never touched. What is read is hostile: see process_reader.h.

#ifndef FLOWMON_PLUGIN_FILE_LANE_H_
#define FLOWMON_PLUGIN_FILE_LANE_H_

#include <dirent.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plugin/execution.h"
#include "plugin/process_reader.h"

namespace flowmon {

// Not thread-safe. The directory and everything in it is removed with the object.
class FileLane {
 public:
  // Keeps the directory in the end if `keep`, for people who want to look at what is in it.
  static absl::StatusOr<std::unique_ptr<FileLane>> Create(const std::string& base, bool keep,
                                                          ProcessReader reader = ProcessReader());
  // The same for a directory that the target makes when one of its processes needs it: until then
  // there is nothing.
  static std::unique_ptr<FileLane> Expect(const std::string& base, bool keep,
                                          ProcessReader reader = ProcessReader());
  ~FileLane();
  FileLane(const FileLane&) = delete;
  FileLane& operator=(const FileLane&) = delete;

  // For the target's FLOW_SHM_DIR.
  const std::string& directory() const { return directory_; }

  // Whether there has been a directory, at the last Collect() at the latest.
  bool is_open() const { return dir_ != nullptr; }

  // Adds to `out` what processes have written since the last call; call Execution::Normalize()
  // afterwards. `run_start_ns` (CLOCK_MONOTONIC) is when the execution began: processes born
  // earlier are late.
  void Collect(uint64_t run_start_ns, Execution& out);

  DatabaseFit CompareDatabase(uint64_t hash) const { return reader_.CompareDatabase(hash); }

  // Files under names that are not ours, or that are not what their name says; removed.
  uint64_t num_refused() const { return num_refused_ + reader_.num_refused(); }

 private:
  struct DirCloser {
    void operator()(DIR* dir) const;
  };
  using Dir = std::unique_ptr<DIR, DirCloser>;

  FileLane(std::string directory, bool keep, ProcessReader reader);
  // False with errno set.
  bool Open();

  const std::string directory_;
  const bool keep_;
  Dir dir_;
  ProcessReader reader_;
  std::vector<pid_t> pids_;
  uint64_t num_refused_ = 0;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_FILE_LANE_H_
