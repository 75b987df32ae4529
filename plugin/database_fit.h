// Whether a target was built with the database that the plugin reads.

#ifndef FLOWMON_PLUGIN_DATABASE_FIT_H_
#define FLOWMON_PLUGIN_DATABASE_FIT_H_

#include <cstdint>

namespace flowmon {

enum class DatabaseFit : uint8_t {
  kNoDifference,  // the same one, or the target does not say: nothing of it comes from flow-cc
  kOther,
  kSeveral,  // its objects were compiled with different ones
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_DATABASE_FIT_H_
