#include "plugin/config_suggest.h"

#include <string>

#include "gtest/gtest.h"
#include "plugin/config_keys.h"

namespace flowmon {
namespace {

TEST(ConfigSuggestTest, SuggestsKeys) {
  const struct {
    const char* group;
    const char* name;
    const char* suggestion;
  } cases[] = {
      {"", "procesing", "; did you mean 'processing'?"},
      {"", "Processing", "; did you mean 'processing'?"},
      {"", "shared-memory", "; did you mean 'shared_memory'?"},
      {"", "extend", "; did you mean 'extends'?"},
      {"processing", "recrd", "; did you mean 'processing.record'?"},
      {"output", "buffer-kib", "; did you mean 'output.buffer_kib'?"},
      {"output", "directroy", "; did you mean 'output.directory'?"},  // not shared_memory's
      // Known, but elsewhere.
      {"", "record", "; did you mean 'processing.record'?"},
      {"", "processing.record", "; did you mean 'processing.record'?"},
      {"", "procesing.recrd", "; did you mean 'processing.record'?"},
      {"output", "level", "; did you mean 'logging.level'?"},
      // Nothing near.
      {"", "", ""},
      {"", "x", ""},
      {"", "completely_different", ""},
      {"processing", "zzz", ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(SuggestConfigKey(c.group, c.name), c.suggestion) << c.group << "." << c.name;
  }
}

TEST(ConfigSuggestTest, SuggestsVariables) {
  const std::pair<const char*, const char*> cases[] = {
      {"FLOW_MONITOR_OUTPT", "; did you mean 'FLOW_MONITOR_OUTPUT'?"},
      {"FLOW_MONITOR_FLOW_DB", "; did you mean 'FLOW_MONITOR_FLOWDB'?"},
      {"FLOW_MONITOR_CONFIGURE", "; did you mean 'FLOW_MONITOR_CONFIG'?"},
      {"FLOW_MONITOR_PROCESSING_RECORDS", "; did you mean 'FLOW_MONITOR_PROCESSING_RECORD'?"},
      {"FLOW_MONITOR_logging_level", "; did you mean 'FLOW_MONITOR_LOGGING_LEVEL'?"},
      {"FLOW_MONITOR_", ""},
      {"FLOW_MONITOR_X", ""},
      {"FLOW_MONITOR_SOMETHING_ELSE_ENTIRELY", ""},
  };
  for (const auto& [name, suggestion] : cases) {
    EXPECT_EQ(SuggestEnvironmentName(name), suggestion) << name;
  }
}

TEST(ConfigSuggestTest, EveryMisspeltKeyFindsItself) {
  for (const ConfigKey& key : ConfigKeys()) {
    std::string name(key.name());
    name.insert(name.size() / 2, 1, 'x');
    EXPECT_EQ(SuggestConfigKey(key.group(), name),
              "; did you mean '" + std::string(key.path) + "'?");
  }
}

TEST(ConfigSuggestTest, IgnoresANameOfAMegabyte) {
  EXPECT_EQ(SuggestConfigKey("output", std::string(1 << 20, 'd')), "");
}

}  // namespace
}  // namespace flowmon
