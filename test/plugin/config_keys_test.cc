#include "plugin/config_keys.h"

#include <cctype>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace flowmon {
namespace {

using ::testing::MatchesRegex;

std::string SetError(std::string_view path, std::string_view text) {
  Config config;
  const absl::Status status = SetConfigValue(*FindConfigKey(path), text, config);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path << "=" << text;
  EXPECT_EQ(config, Config()) << path << " changed in spite of the error";
  return std::string(status.message());
}

TEST(ConfigKeysTest, PathsAndVariablesAreWellFormedAndUnique) {
  std::set<std::string> seen;
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_THAT(std::string(key.path), MatchesRegex("[a-z_]+\\.[a-z_]+"));
    EXPECT_TRUE(seen.insert(std::string(key.path)).second) << key.path;
    EXPECT_TRUE(seen.insert(EnvironmentName(key)).second) << key.path;
    if (!key.environment_alias.empty()) {
      EXPECT_TRUE(seen.insert(std::string(key.environment_alias)).second) << key.path;
    }
  }
  EXPECT_TRUE(seen.insert(std::string(kConfigVariable)).second);
}

TEST(ConfigKeysTest, KeysOfOneGroupAreNeighbours) {
  std::set<std::string_view> finished;
  std::string_view group;
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.group() == group) continue;
    EXPECT_TRUE(finished.insert(key.group()).second) << key.path;
    group = key.group();
  }
}

TEST(ConfigKeysTest, EveryDocIsOneLineThatSuitsATable) {
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_FALSE(key.doc.empty()) << key.path;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(key.doc.front()))) << key.path;
    EXPECT_EQ(key.doc.find_first_of("|\n<"), std::string_view::npos) << key.path;
    EXPECT_FALSE(key.doc.ends_with('.')) << key.path;
  }
}

TEST(ConfigKeysTest, SplitsThePath) {
  const ConfigKey* key = FindConfigKey("shared_memory.max_events");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->group(), "shared_memory");
  EXPECT_EQ(key->name(), "max_events");
  EXPECT_EQ(EnvironmentName(*key), "FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS");
  EXPECT_TRUE(IsConfigGroup("shared_memory"));
}

TEST(ConfigKeysTest, FindsNothingElse) {
  EXPECT_EQ(FindConfigKey(""), nullptr);
  EXPECT_EQ(FindConfigKey("shared_memory"), nullptr);
  EXPECT_EQ(FindConfigKey("shared_memory."), nullptr);
  EXPECT_EQ(FindConfigKey("Output.directory"), nullptr);
  EXPECT_FALSE(IsConfigGroup(""));
  EXPECT_FALSE(IsConfigGroup("shared"));
  EXPECT_FALSE(IsConfigGroup("shared_memory.max_events"));
}

TEST(ConfigKeysTest, DefaultsAreValid) {
  const Config defaults;
  for (const ConfigKey& key : ConfigKeys()) {
    if (std::holds_alternative<TextKey>(key.type)) {
      Config config;
      const std::string& text = std::get<TextKey>(key.type).member.get(defaults);
      EXPECT_TRUE(SetConfigValue(key, text, config).ok()) << key.path;
    } else {
      Config config;
      EXPECT_TRUE(SetConfigValue(key, FormatConfigValue(key, defaults), config).ok()) << key.path;
    }
  }
}

TEST(ConfigKeysTest, NumbersReachBothEndsOfTheirRangeAndNotFurther) {
  for (const ConfigKey& key : ConfigKeys()) {
    const auto* number = std::get_if<NumberKey>(&key.type);
    if (number == nullptr) continue;
    for (const uint32_t value : {number->min, number->max}) {
      Config config;
      EXPECT_TRUE(SetConfigValue(key, std::to_string(value), config).ok()) << key.path;
      EXPECT_EQ(number->member.get(config), value) << key.path;
    }
    SetError(key.path, std::to_string(uint64_t{number->max} + 1));
    SetError(key.path, std::to_string(int64_t{number->min} - 1));
  }
}

TEST(ConfigKeysTest, ChoicesTakeExactlyTheirNames) {
  for (const ConfigKey& key : ConfigKeys()) {
    const auto* choice = std::get_if<ChoiceKey>(&key.type);
    if (choice == nullptr) continue;
    for (size_t i = 0; i < choice->names.size(); ++i) {
      Config config;
      EXPECT_TRUE(SetConfigValue(key, choice->names[i], config).ok()) << key.path;
      EXPECT_EQ(choice->get(config), i) << key.path;
      EXPECT_EQ(FormatConfigValue(key, config), choice->names[i]);
    }
    SetError(key.path, "ALL");
  }
}

// The names are in the order of the enumerators.
TEST(ConfigKeysTest, ChoiceNamesMeanTheirEnumerators) {
  Config config;
  const ConfigKey& record = *FindConfigKey("processing.record");
  const ConfigKey& level = *FindConfigKey("logging.level");
  const std::pair<const char*, RecordMode> records[] = {
      {"all", RecordMode::kAll}, {"flows", RecordMode::kFlows}, {"new", RecordMode::kNew}};
  for (const auto& [name, value] : records) {
    ASSERT_TRUE(SetConfigValue(record, name, config).ok());
    EXPECT_EQ(config.processing.record, value) << name;
  }
  const std::pair<const char*, LogLevel> levels[] = {
      {"trace", LogLevel::kTrace},     {"debug", LogLevel::kDebug}, {"info", LogLevel::kInfo},
      {"warning", LogLevel::kWarning}, {"error", LogLevel::kError}, {"off", LogLevel::kOff}};
  for (const auto& [name, value] : levels) {
    ASSERT_TRUE(SetConfigValue(level, name, config).ok());
    EXPECT_EQ(config.logging.level, value) << name;
  }
}

TEST(ConfigKeysTest, TruthValuesHaveSeveralWords) {
  const ConfigKey& key = *FindConfigKey("flow_database.strict");
  Config config;
  for (const char* text : {"true", "yes", "on", "1", "True", "YES"}) {
    config.flow_database.strict = false;
    EXPECT_TRUE(SetConfigValue(key, text, config).ok()) << text;
    EXPECT_TRUE(config.flow_database.strict) << text;
  }
  for (const char* text : {"false", "no", "off", "0", "False", "NO"}) {
    config.flow_database.strict = true;
    EXPECT_TRUE(SetConfigValue(key, text, config).ok()) << text;
    EXPECT_FALSE(config.flow_database.strict) << text;
  }
}

TEST(ConfigKeysTest, SaysWhatIsWrongWithAValue) {
  const struct {
    const char* path;
    std::string text;
    const char* message;
  } cases[] = {
      {"output.buffer_kib", "abc", "'abc' is not a whole number from 1 to 65536"},
      {"output.buffer_kib", "65537", "'65537' is not a whole number from 1 to 65536"},
      {"output.buffer_kib", "99999999999999999999",
       "'99999999999999999999' is not a whole number from 1 to 65536"},
      {"output.buffer_kib", "-1", "'-1' is not a whole number from 1 to 65536"},
      {"output.buffer_kib", "+1", "'+1' is not a whole number from 1 to 65536"},
      {"output.buffer_kib", " 1", "' 1' is not a whole number from 1 to 65536"},
      {"output.buffer_kib", "1 ", "'1 ' is not a whole number from 1 to 65536"},
      {"output.buffer_kib", "64K", "'64K' is not a whole number from 1 to 65536"},
      {"output.buffer_kib", "0x10", "'0x10' is not a whole number from 1 to 65536"},
      {"output.buffer_kib", "1.0", "'1.0' is not a whole number from 1 to 65536"},
      {"output.buffer_kib", "", "is empty where a whole number from 1 to 65536 is needed"},
      {"statistics.print_interval", "0", "'0' is not a whole number from 1 to 86400"},
      {"flow_database.strict", "maybe", "'maybe' is neither true nor false"},
      {"flow_database.strict", "2", "'2' is neither true nor false"},
      {"flow_database.strict", "", "is empty where true or false is needed"},
      {"processing.record", "alll", "'alll' is not one of all, flows, new"},
      {"processing.record", "", "is empty where one of all, flows, new is needed"},
      {"shared_memory.directory", "shm", "'shm' is not an absolute path"},
      {"shared_memory.directory", "", "'' is not an absolute path"},
      {"logging.file", "", "must not be empty"},
      {"output.directory", "a\nb", "'a\\nb' contains a control character"},
      {"output.directory", std::string("a\0b", 3), "'a\\000b' contains a control character"},
      {"output.directory", "\x7f", "'\\177' contains a control character"},
      {"shared_memory.directory", "/a\tb", "'/a\\tb' contains a control character"},
  };
  for (const auto& c : cases) EXPECT_EQ(SetError(c.path, c.text), c.message);
}

TEST(ConfigKeysTest, CutsLongTextsInMessages) {
  EXPECT_EQ(SetError("processing.record", std::string(1 << 20, 'x')),
            "'" + std::string(80, 'x') + "...' is not one of all, flows, new");
}

TEST(ConfigKeysTest, EscapesText) {
  Config config;
  config.output.directory = "a \"b\" \\ \n \x7f ä";
  EXPECT_EQ(FormatConfigValue(*FindConfigKey("output.directory"), config),
            "\"a \\\"b\\\" \\\\ \\x0a \\x7f ä\"");
}

TEST(ConfigKeysTest, DescribesEveryType) {
  const std::pair<const char*, const char*> cases[] = {
      {"shared_memory.directory", "an absolute path"},
      {"flow_database.path", "a text"},
      {"logging.file", "a text that is not empty"},
      {"shared_memory.max_events", "a whole number from 1 to 16777216"},
      {"cleanup.at_exit", "true or false"},
      {"logging.level", "one of trace, debug, info, warning, error, off"},
  };
  for (const auto& [path, text] : cases) EXPECT_EQ(DescribeType(*FindConfigKey(path)), text);
}

}  // namespace
}  // namespace flowmon
