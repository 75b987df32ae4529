#include "flowdb/sarif/json_reader.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "flowdb/str_cat.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using ::testing::HasSubstr;

// The value as nlohmann has it, read through the interface.
nlohmann::json Read(JsonReader& json) {
  std::string text;
  int64_t number = 0;
  nlohmann::json value;
  switch (json.PeekValue()) {
    case '{':
      value = nlohmann::json::object();
      json.ForEachMember([&](std::string_view key) {
        const std::string name(key);
        value[name] = Read(json);
      });
      return value;
    case '[':
      value = nlohmann::json::array();
      json.ForEachElement([&](uint64_t) { value.push_back(Read(json)); });
      return value;
    case '"':
      return json.TakeString(text) ? nlohmann::json(text) : nlohmann::json();
    case 't':
    case 'f':
    case 'n':
      json.SkipValue();
      return value;
    default:
      return json.TakeInteger(number) ? nlohmann::json(number) : nlohmann::json();
  }
}

TEST(JsonReader, ReadsWhatAnotherReaderReads) {
  for (const std::string_view text :
       {R"({})", R"([])", R"( [ ] )", R"({"a":{"b":[1,[2],{}]},"c":"d"})",
        R"([null,-5,0,"",{"":0}])", R"(["\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00"])",
        "[\n1\t,\r\n2 ]", R"("text")", R"(9007199254740993)", R"({"\u0061\n":"ü"})"}) {
    JsonReader json(text);
    EXPECT_EQ(Read(json), nlohmann::json::parse(text)) << text;
    EXPECT_TRUE(json.TakeEnd()) << text;
  }
}

TEST(JsonReader, ReadsFilesLargerThanItsBuffer) {
  nlohmann::json large;
  for (int i = 0; i < 20000; ++i) {
    large[StrCat("key \"", i, "\"")] = {StrCat(std::string(i % 50, '\\'), "\"é", i), i};
  }
  const std::string text = StrCat(large.dump(), "\n");
  const test::TempDir dir;
  test::WriteFile(dir / "x", text);
  const int fd = open((dir / "x").c_str(), O_RDONLY);
  const absl::Cleanup close_file = [fd] { close(fd); };

  std::string seen;
  JsonReader json(fd);
  json.set_on_read([&](std::string_view bytes) { seen += bytes; });
  EXPECT_EQ(Read(json), large);
  EXPECT_TRUE(json.TakeEnd());
  EXPECT_EQ(seen, text);
  // The same, skipped.
  JsonReader skipping(fd);
  skipping.SkipValue();
  EXPECT_EQ(skipping.offset(), text.size() - 1);
  EXPECT_TRUE(skipping.TakeEnd());
}

TEST(JsonReader, HalvesOfSurrogatePairsBecomeReplacements) {
  JsonReader json(R"(["\ud800","\udc00x","\ud800\n","\ud800\ud83d\ude00","\ud800\u0041"])");
  EXPECT_EQ(Read(json), nlohmann::json({"\uFFFD", "\uFFFDx", "\uFFFD\n", "\uFFFD😀", "\uFFFDA"}));
}

TEST(JsonReader, SkipsWhatIsLeftAlone) {
  JsonReader json(R"({"a":[1,{"b":"]}\"\\"}],"c":tru,"d":"e\\","f":7,"g":{}})");
  int64_t f = 0;
  json.ForEachMember([&](std::string_view key) {
    if (key == "f") json.TakeInteger(f);
  });
  EXPECT_TRUE(json.TakeEnd());
  EXPECT_EQ(f, 7);
}

// Whatever the depth: nothing recurses.
TEST(JsonReader, SkipsDeepNesting) {
  const std::string text = std::string(5'000'000, '[') + std::string(5'000'000, ']');
  JsonReader json(text);
  json.SkipValue();
  EXPECT_TRUE(json.TakeEnd());
}

TEST(JsonReader, TellsOffsets) {
  const std::string_view text = R"({ "a" : [ 10 , "x" ] })";
  JsonReader json(text);
  json.ForEachMember([&](std::string_view) {
    json.ForEachElement([&](uint64_t index) {
      json.PeekValue();
      EXPECT_EQ(json.offset(), text.find(index == 0 ? "10" : "\"x"));
      json.FinishValue();
      EXPECT_EQ(json.offset(), text.find(index == 0 ? " ," : " ]"));
    });
  });
  EXPECT_EQ(json.offset(), text.size());
}

TEST(JsonReader, AWrongTypeIsSkippedAndNoted) {
  JsonReader json(R"({"a":{"b":1},"c":[2],"d":"x","e":1.5,"f":1e3,"g":null,"h":3.0})");
  std::vector<std::string> problems;
  int64_t number = -1;
  std::string text;
  json.ForEachMember([&](std::string_view key) {
    if (key == "a") json.ForEachElement([](uint64_t) {});
    if (key == "c") json.TakeString(text);
    if (key == "d" || key == "e") {
      EXPECT_FALSE(json.TakeInteger(number));
    }
    if (key == "f") {
      EXPECT_TRUE(json.TakeInteger(number) && number == 1000);
    }
    if (key == "h") {
      EXPECT_TRUE(json.TakeInteger(number) && number == 3);
    }
    if (key == "g") json.ForEachMember([](std::string_view) {});
    if (const auto problem = json.TakeTypeProblem()) problems.push_back(problem->message);
  });
  EXPECT_TRUE(json.TakeEnd());
  EXPECT_THAT(problems, testing::ElementsAre("\"a\" has an object where an array is needed",
                                             "\"c\" has an array where a string is needed",
                                             "\"d\" has a string where a number is needed",
                                             "\"e\" has 1.5 where an integer is needed"));
}

TEST(JsonReader, Errors) {
  struct Case {
    std::string_view text, message;
    uint64_t offset;
  };
  for (const Case& c :
       {Case{"", "the file ends where a value is expected", 0},
        Case{"{", "the file ends where '\"' is expected", 1},
        Case{"{\"a\" 1}", "'1' where ':' is expected", 5},
        Case{"[1 2]", "'2' where ',' is expected", 3},
        Case{"[1,]", "']' where a value is expected", 3},
        Case{"[,1]", "',' where a value is expected", 1},
        Case{"{\"a\":1,}", "'}' where '\"' is expected", 7},
        Case{"[\"abc", "the file ends where the end of a string", 5},
        Case{"[\"\\x\"]", "'x' where one of the escapes", 3},
        Case{"[\"\\u12g4\"]", "'g' where a hexadecimal digit", 6},
        Case{"[] x", "'x' where the end of the file", 3}, Case{"[1", "the file ends where ','", 2},
        Case{"@", "'@' where a value is expected", 0}}) {
    JsonReader json(c.text);
    Read(json);
    EXPECT_FALSE(json.TakeEnd()) << c.text;
    ASSERT_FALSE(json.ok()) << c.text;
    EXPECT_THAT(json.error().message, HasSubstr(std::string(c.message))) << c.text;
    EXPECT_EQ(json.error().offset, c.offset) << c.text;
  }
}

TEST(JsonReader, EveryCutIsAnError) {
  constexpr std::string_view kText = R"({"a":[1,"b\u00e9",{"c":null}],"d":-2})";
  for (size_t size = 0; size < kText.size(); ++size) {
    JsonReader json(kText.substr(0, size));
    Read(json);
    EXPECT_FALSE(json.TakeEnd()) << size;
    JsonReader skipping(kText.substr(0, size));
    skipping.SkipValue();
    EXPECT_FALSE(skipping.TakeEnd()) << size;
  }
}

TEST(JsonReader, AStringThatIsTooLong) {
  const std::string text = StrCat("[\"", std::string(kMaxJsonStringBytes + 1, 'x'), "\"]");
  JsonReader json(text);
  Read(json);
  ASSERT_FALSE(json.ok());
  EXPECT_THAT(json.error().message, HasSubstr("a string is longer than 16777216 bytes"));
  JsonReader skipping(text);
  skipping.SkipValue();
  EXPECT_TRUE(skipping.TakeEnd());
}

}  // namespace
}  // namespace flowmon
