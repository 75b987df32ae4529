#include "plugin/config.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "plugin/config_keys.h"

namespace flowmon {
namespace {

using ::testing::HasSubstr;

const std::string kProfileDir = FLOWMON_SOURCE_DIR "/plugin/config";

std::string ReadText(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Every value different from its default.
Config UnusualConfig() {
  Config config;
  config.shared_memory = {LaneMode::kFiles, "/run/flow \"mon\"", 1u << 24, 0, 65536};
  config.flow_database = {"C:\\x: #y.flowdb", true};
  config.output = {" ä ", false, true, 1, 3600000, 0, false, 1, 0};
  config.processing = {RecordMode::kNew, 0, 16777216};
  config.inputs = {false, 1, 0};
  config.logging = {LogLevel::kOff, "no"};
  config.statistics = {86400, 1};
  config.cleanup = {false, false};
  return config;
}

// As the environment or the command line spells the value.
std::string PlainValue(const ConfigKey& key, const Config& config) {
  const auto* text = std::get_if<TextKey>(&key.type);
  return text != nullptr ? text->member.get(config) : FormatConfigValue(key, config);
}

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "flowmon_config_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ + "/" + name) << text;
    return directory_ + "/" + name;
  }

  absl::StatusOr<Config> Load() {
    std::vector<const char*> environment;
    for (const std::string& entry : environment_) environment.push_back(entry.c_str());
    environment.push_back(nullptr);
    sources_.environment = environment.data();
    return LoadConfig(sources_, &origins_);
  }

  Config LoadOrDie() {
    absl::StatusOr<Config> config = Load();
    EXPECT_TRUE(config.ok()) << config.status();
    return config.ok() ? *std::move(config) : Config();
  }

  // With "@" for the directory of the test.
  std::string LoadError() {
    const absl::Status status = Load().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return absl::StrReplaceAll(status.message(), {{directory_, "@"}});
  }

  std::string directory_;
  std::vector<std::string> environment_;  // "NAME=value"
  ConfigSources sources_;
  ConfigOrigins origins_;
};

TEST_F(ConfigTest, WithoutSourcesEverythingIsDefault) {
  EXPECT_EQ(LoadOrDie(), Config());
  ASSERT_EQ(origins_.size(), ConfigKeys().size());
  for (const auto& [path, origin] : origins_) EXPECT_EQ(origin, "default") << path;
}

TEST_F(ConfigTest, WorksWithoutEnvironmentAndOrigins) {
  const absl::StatusOr<Config> config = LoadConfig(ConfigSources());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(*config, Config());
}

TEST_F(ConfigTest, HasTheDocumentedDefaults) {
  const Config config;
  EXPECT_EQ(config.shared_memory.directory, "/dev/shm");
  EXPECT_EQ(config.shared_memory.max_events, 1024u);
  EXPECT_EQ(config.shared_memory.map_size, 0u);
  EXPECT_EQ(config.flow_database.path, "");
  EXPECT_FALSE(config.flow_database.strict);
  EXPECT_EQ(config.output.directory, "");
  EXPECT_EQ(config.output.buffer_kib, 64u);
  EXPECT_EQ(config.output.flush_interval_ms, 1000u);
  EXPECT_EQ(config.processing.record, RecordMode::kAll);
  EXPECT_EQ(config.processing.max_completions_listed, 1u);
  EXPECT_EQ(config.processing.max_distinct_values, 4096u);
  EXPECT_EQ(config.logging.level, LogLevel::kInfo);
  EXPECT_EQ(config.logging.file, "flowmon.log");
  EXPECT_EQ(config.statistics.print_interval, 60u);
  EXPECT_EQ(config.statistics.update_interval, 5u);
  EXPECT_TRUE(config.cleanup.at_start);
  EXPECT_TRUE(config.cleanup.at_exit);
}

// The next tests rely on it: a key that they do not set at all would pass unnoticed.
TEST_F(ConfigTest, UnusualConfigDiffersInEveryKey) {
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_NE(FormatConfigValue(key, UnusualConfig()), FormatConfigValue(key, Config()))
        << key.path;
  }
}

TEST_F(ConfigTest, EveryKeyCanBeSetAloneThroughEveryRoute) {
  const Config unusual = UnusualConfig();
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string path(key.path);
    Config expected;
    ASSERT_TRUE(SetConfigValue(key, PlainValue(key, unusual), expected).ok()) << path;
    ASSERT_NE(expected, Config()) << path;

    const std::string file =
        Write("one.yaml", std::string(key.group()) + ":\n  " + std::string(key.name()) + ": " +
                              FormatConfigValue(key, unusual) + "\n");
    sources_ = {};
    environment_ = {};
    sources_.file = file;
    EXPECT_EQ(LoadOrDie(), expected) << path;
    EXPECT_EQ(origins_[path], file + ":2");

    sources_ = {};
    environment_ = {EnvironmentName(key) + "=" + PlainValue(key, unusual)};
    EXPECT_EQ(LoadOrDie(), expected) << path;
    EXPECT_EQ(origins_[path], "environment: " + EnvironmentName(key));

    environment_ = {};
    sources_.overrides = {path + "=" + PlainValue(key, unusual)};
    EXPECT_EQ(LoadOrDie(), expected) << path;
    EXPECT_EQ(origins_[path], "command line");

    if (key.environment_alias.empty()) continue;
    sources_ = {};
    environment_ = {std::string(key.environment_alias) + "=" + PlainValue(key, unusual)};
    EXPECT_EQ(LoadOrDie(), expected) << path;
    EXPECT_EQ(origins_[path], "environment: " + std::string(key.environment_alias));
  }
}

TEST_F(ConfigTest, LaterSourcesWinKeyByKey) {
  Write("base.yaml", "output: {buffer_kib: 1, flush_interval_ms: 1}\nlogging: {file: base}\n");
  sources_.file = Write("a.yaml",
                        "output:\n  buffer_kib: 2\n  flush_interval_ms: 2\n"
                        "statistics: {print_interval: 2}\nextends: base.yaml\n");
  environment_ = {"FLOW_MONITOR_OUTPUT_BUFFER_KIB=3", "FLOW_MONITOR_STATISTICS_PRINT_INTERVAL=3"};
  sources_.overrides = {"output.buffer_kib=4", "output.buffer_kib=5"};
  Config expected;
  expected.logging.file = "base";
  expected.output.flush_interval_ms = 2;
  expected.statistics.print_interval = 3;
  expected.output.buffer_kib = 5;
  EXPECT_EQ(LoadOrDie(), expected);
  EXPECT_EQ(origins_["logging.file"], directory_ + "/base.yaml:2");
  EXPECT_EQ(origins_["output.flush_interval_ms"], directory_ + "/a.yaml:3");
  EXPECT_EQ(origins_["statistics.print_interval"],
            "environment: FLOW_MONITOR_STATISTICS_PRINT_INTERVAL");
  EXPECT_EQ(origins_["output.buffer_kib"], "command line");
  EXPECT_EQ(origins_["statistics.update_interval"], "default");
}

TEST_F(ConfigTest, CommonBaseDoesNotUndoAnotherBase) {
  Write("base.yaml", "output: {buffer_kib: 1, directory: base}\n");
  Write("b.yaml", "extends: base.yaml\noutput: {buffer_kib: 2}\n");
  Write("c.yaml", "extends: base.yaml\noutput: {directory: c}\n");
  sources_.file = Write("a.yaml", "extends: [b.yaml, c.yaml]\n");
  const Config config = LoadOrDie();
  EXPECT_EQ(config.output.buffer_kib, 2u);
  EXPECT_EQ(config.output.directory, "c");
}

TEST_F(ConfigTest, LongVariableNamesWinOverAliases) {
  environment_ = {"FLOW_MONITOR_FLOW_DATABASE_PATH=long",
                  "FLOW_MONITOR_FLOWDB=short",
                  "FLOW_MONITOR_OUTPUT=short",
                  "FLOW_MONITOR_OUTPUT_DIRECTORY=long",
                  "FLOW_SHM_DIR=/short",
                  "FLOW_MONITOR_SHARED_MEMORY_DIRECTORY=/long"};
  const Config config = LoadOrDie();
  EXPECT_EQ(config.flow_database.path, "long");
  EXPECT_EQ(config.output.directory, "long");
  EXPECT_EQ(config.shared_memory.directory, "/long");
}

TEST_F(ConfigTest, AliasesWinOverTheFile) {
  sources_.file = Write("a.yaml", "shared_memory: {directory: /file}\n");
  environment_ = {"FLOW_SHM_DIR=/alias"};
  EXPECT_EQ(LoadOrDie().shared_memory.directory, "/alias");
}

TEST_F(ConfigTest, EnvironmentNamesTheFile) {
  environment_ = {"FLOW_MONITOR_CONFIG=" +
                  Write("env.yaml", "output: {buffer_kib: 1, directory: env}\n")};
  EXPECT_EQ(LoadOrDie().output.buffer_kib, 1u);
  // A file of the caller is read instead, not on top.
  sources_.file = Write("a.yaml", "output: {buffer_kib: 2}\n");
  EXPECT_EQ(LoadOrDie().output.buffer_kib, 2u);
  EXPECT_EQ(LoadOrDie().output.directory, "");
}

TEST_F(ConfigTest, EnvironmentMayNameAProfile) {
  sources_.profile_dir = kProfileDir;
  environment_ = {"FLOW_MONITOR_CONFIG=production"};
  EXPECT_EQ(LoadOrDie().processing.record, RecordMode::kNew);
}

TEST_F(ConfigTest, EmptyVariableIsAnEmptyText) {
  sources_.file = Write("a.yaml", "output: {directory: file}\n");
  environment_ = {"FLOW_MONITOR_OUTPUT="};
  EXPECT_EQ(LoadOrDie().output.directory, "");
}

TEST_F(ConfigTest, IgnoresOtherPeoplesVariables) {
  environment_ = {"PATH=/bin",
                  "FLOW_MONITOR=1",
                  "MY_FLOW_MONITOR_X=1",
                  "FLOW_MAX_EVENTS=x",
                  "FLOW_MONITOR_NOVAL",
                  "=x",
                  ""};
  EXPECT_EQ(LoadOrDie(), Config());
}

TEST_F(ConfigTest, ValuesMayContainEqualsSigns) {
  environment_ = {"FLOW_MONITOR_OUTPUT=a=b"};
  sources_.overrides = {"logging.file=c=d"};
  EXPECT_EQ(LoadOrDie().output.directory, "a=b");
  EXPECT_EQ(LoadOrDie().logging.file, "c=d");
}

TEST_F(ConfigTest, RefusesWrongEnvironments) {
  const std::pair<const char*, const char*> cases[] = {
      {"FLOW_MONITOR_PROCESSING_RECORD=alll",
       "environment: FLOW_MONITOR_PROCESSING_RECORD: 'alll' is not one of all, flows, new"},
      {"FLOW_MONITOR_OUTPUT_BUFFER_KIB=",
       "environment: FLOW_MONITOR_OUTPUT_BUFFER_KIB: is empty where a whole number from 1 to 65536 "
       "is needed"},
      {"FLOW_MONITOR_OUTPT=x",
       "environment: FLOW_MONITOR_OUTPT: unknown variable; did you mean 'FLOW_MONITOR_OUTPUT'?"},
      {"FLOW_MONITOR_=x", "environment: FLOW_MONITOR_: unknown variable"},
      {"FLOW_MONITOR_\n=x", "environment: FLOW_MONITOR_\\n: unknown variable"},
      {"FLOW_SHM_DIR=shm", "environment: FLOW_SHM_DIR: 'shm' is not an absolute path"},
      {"FLOW_MONITOR_CONFIG=",
       "environment: FLOW_MONITOR_CONFIG: the name of the configuration file is empty"},
      {"FLOW_MONITOR_CONFIG=/nonexistent/x.yaml",
       "environment: FLOW_MONITOR_CONFIG: cannot read '/nonexistent/x.yaml': No such file or "
       "directory"},
      {"FLOW_MONITOR_CONFIG=production",
       "environment: FLOW_MONITOR_CONFIG: the directory of the shipped profile 'production' is not "
       "known; give the path of a file"},
  };
  for (const auto& [entry, message] : cases) {
    environment_ = {entry};
    EXPECT_EQ(LoadError(), message);
  }
}

TEST_F(ConfigTest, RefusesWrongCommandLines) {
  const std::pair<const char*, const char*> cases[] = {
      {"processing.record=alll",
       "command line: processing.record: 'alll' is not one of all, flows, new"},
      {"processing.recrd=new",
       "command line: unknown key 'processing.recrd'; did you mean 'processing.record'?"},
      {"procesing.record=new",
       "command line: unknown key 'procesing.record'; did you mean 'processing.record'?"},
      {"record=new", "command line: unknown key 'record'; did you mean 'processing.record'?"},
      {"processing.=new", "command line: unknown key 'processing.'"},
      {"=new", "command line: unknown key ''"},
      {"processing.record", "command line: 'processing.record' is not of the form group.key=value"},
      {"", "command line: '' is not of the form group.key=value"},
      {"output.buffer_kib=",
       "command line: output.buffer_kib: is empty where a whole number from 1 to 65536 is needed"},
  };
  for (const auto& [text, message] : cases) {
    sources_.overrides = {text};
    EXPECT_EQ(LoadError(), message);
  }
}

TEST_F(ConfigTest, RefusesWrongFiles) {
  const std::pair<const char*, const char*> cases[] = {
      {"\nprocessing:\n  record: alll\n",
       "@/a.yaml:3: processing.record: 'alll' is not one of all, flows, new"},
      {"output:\n  buffer_kib: 65537\n",
       "@/a.yaml:2: output.buffer_kib: '65537' is not a whole number from 1 to 65536"},
      {"output:\n  buffer_kib: ''\n",
       "@/a.yaml:2: output.buffer_kib: is empty where a whole number from 1 to 65536 is needed"},
      {"shared_memory:\n  directory: shm\n",
       "@/a.yaml:2: shared_memory.directory: 'shm' is not an absolute path"},
      {"output:\n  directory: \"a\\0b\"\n",
       "@/a.yaml:2: output.directory: 'a\\000b' contains a control character"},
      {"foo: 1\n", "@/a.yaml:1: unknown group 'foo'"},
      {"extends: a.yaml\n", "@/a.yaml:1: extends: '@/a.yaml' extends itself: @/a.yaml -> @/a.yaml"},
  };
  for (const auto& [text, message] : cases) {
    sources_.file = Write("a.yaml", text);
    EXPECT_EQ(LoadError(), message);
  }
  sources_.file = "";
  EXPECT_EQ(LoadError(), "command line: the name of the configuration file is empty");
}

TEST_F(ConfigTest, ChecksOverriddenValuesToo) {
  sources_.file = Write("a.yaml", "output: {buffer_kib: x}\n");
  environment_ = {"FLOW_MONITOR_OUTPUT_BUFFER_KIB=1"};
  EXPECT_EQ(LoadError(),
            "@/a.yaml:1: output.buffer_kib: 'x' is not a whole number from 1 to 65536");
}

TEST_F(ConfigTest, ErrorLeavesOriginsAlone) {
  origins_ = {{"x", "y"}};
  sources_.overrides = {"logging.level=off", "nonsense"};
  LoadError();
  EXPECT_EQ(origins_, (ConfigOrigins{{"x", "y"}}));
}

TEST_F(ConfigTest, FormattedConfigLoadsBack) {
  for (const Config& config : {Config(), UnusualConfig()}) {
    sources_.file = Write("a.yaml", FormatConfig(config));
    EXPECT_EQ(LoadOrDie(), config);
  }
}

TEST_F(ConfigTest, FormattedConfigKeepsEveryByteOfAPath) {
  Config config;
  for (int c = 0x20; c < 0x100; ++c) {
    if (c != 0x7f) config.output.directory.push_back(static_cast<char>(c));
  }
  sources_.file = Write("a.yaml", FormatConfig(config));
  EXPECT_EQ(LoadOrDie(), config);
}

TEST_F(ConfigTest, FormattedConfigShowsOriginsAndLoadsBack) {
  sources_.file = Write("new\nline.yaml", "output:\n  directory: here\n");
  environment_ = {"FLOW_MONITOR_OUTPUT_BUFFER_KIB=7"};
  sources_.overrides = {"logging.level=off"};
  const Config config = LoadOrDie();
  const std::string text = FormatConfig(config, &origins_);
  EXPECT_THAT(text, HasSubstr("  directory: \"here\"  # " + directory_ + "/new\\nline.yaml:2\n"));
  EXPECT_THAT(text, HasSubstr("  buffer_kib: 7  # environment: FLOW_MONITOR_OUTPUT_BUFFER_KIB\n"));
  EXPECT_THAT(text, HasSubstr("  level: off  # command line\n"));
  EXPECT_THAT(text, HasSubstr("  strict: false  # default\n"));
  sources_ = {};
  environment_ = {};
  sources_.file = Write("a.yaml", text);
  EXPECT_EQ(LoadOrDie(), config);
}

TEST_F(ConfigTest, DefaultProfileIsTheFormattedDefault) {
  EXPECT_EQ(ReadText(kProfileDir + "/default.yaml"), FormatConfig(Config()));
}

TEST_F(ConfigTest, ShippedProfilesLoad) {
  sources_.profile_dir = kProfileDir;
  sources_.file = "default";
  EXPECT_EQ(LoadOrDie(), Config());

  sources_.file = "development";
  Config development;
  development.logging.level = LogLevel::kDebug;
  development.output.flush_each = true;
  development.statistics = {10, 1};
  EXPECT_EQ(LoadOrDie(), development);

  sources_.file = "production";
  Config production;
  production.processing.record = RecordMode::kNew;
  production.output.buffer_kib = 1024;
  production.output.flush_interval_ms = 10000;
  production.statistics = {600, 30};
  EXPECT_EQ(LoadOrDie(), production);
}

TEST_F(ConfigTest, DocumentListsEveryKey) {
  EXPECT_THAT(ReadText(FLOWMON_SOURCE_DIR "/doc/CONFIG.md"),
              HasSubstr("\n\n" + ConfigKeysAsMarkdown() + "\n"));
}

TEST_F(ConfigTest, ExamplesOfTheDocumentLoad) {
  const std::string doc = ReadText(FLOWMON_SOURCE_DIR "/doc/CONFIG.md");
  const std::string begin = "```yaml\n";
  size_t num_examples = 0;
  for (size_t at = doc.find(begin); at != std::string::npos; at = doc.find(begin, at)) {
    at += begin.size();
    sources_.file = Write("example.yaml", doc.substr(at, doc.find("```", at) - at));
    sources_.profile_dir = kProfileDir;
    EXPECT_NE(LoadOrDie(), Config());
    ++num_examples;
  }
  EXPECT_GT(num_examples, 0u);
}

}  // namespace
}  // namespace flowmon
