// "Did you mean": the known name that is nearest to what the user wrote.

#ifndef FLOWMON_PLUGIN_CONFIG_SUGGEST_H_
#define FLOWMON_PLUGIN_CONFIG_SUGGEST_H_

#include <string>
#include <string_view>

namespace flowmon {

// What a message says after a name that is no key: "; did you mean 'output.directory'?", or
// nothing. `group` is empty at the top level. A known key in the wrong group is found too.
std::string SuggestConfigKey(std::string_view group, std::string_view name);

// The same for a name that begins with kEnvironmentPrefix.
std::string SuggestEnvironmentName(std::string_view name);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_CONFIG_SUGGEST_H_
