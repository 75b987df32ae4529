// Whether the database, the program and the plugin's configuration belong together.

#ifndef FLOWMON_TOOLS_DOCTOR_CHECK_DATABASE_H_
#define FLOWMON_TOOLS_DOCTOR_CHECK_DATABASE_H_

#include <optional>
#include <string>
#include <vector>

#include "flowdb/reader.h"
#include "plugin/config.h"
#include "tools/doctor/check.h"
#include "tools/program_notes.h"

namespace flowmon::doctor {

struct Database {
  std::string path;
  FlowDbFile file;
};

// `given`: of the command line; empty = what the program says that it was compiled with, or else
// the configuration's. Nothing if there is none that can be read.
std::optional<Database> CheckDatabase(const std::string& given,
                                      const std::vector<ObjectNotes>& notes, const Config& config,
                                      Checks& checks);

}  // namespace flowmon::doctor

#endif  // FLOWMON_TOOLS_DOCTOR_CHECK_DATABASE_H_
