// What each line of a .flowdb becomes. Reading files and the errors that end the reading:
// reader_test.

#include "flowdb/parser.h"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "flowdb/str_cat.h"
#include "flowdb/writer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "test/flowdb/sample_flowdb.h"

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

using namespace std::string_literals;

constexpr std::string_view kGood =
    "SOURCE,1,a.c,10,3,9\n"
    "SINK,2,b.c,20,0,0\n"
    "INTERMEDIATE,3,a.c,11,1,1\n"
    "FLOW,7,1,2,[3],good\n";
constexpr uint32_t kNextLine = 5;

FlowDbFile Parse(std::string_view text) { return FlowDbParser(text).Parse(); }

// The warnings of kGood with one more line. The good lines must be used all the same.
std::vector<FlowDbWarning> WarningsOf(std::string_view line) {
  FlowDbFile file = Parse(StrCat(kGood, line, "\n"));
  EXPECT_GE(file.db.num_flows(), 1u);
  EXPECT_EQ(file.num_warnings, file.warnings.size());
  return std::move(file.warnings);
}

// One bad line: skipped, with one warning that has its number, its text and this reason.
void ExpectSkipped(std::string_view line, std::string_view reason) {
  SCOPED_TRACE(line);
  const FlowDbFile file = Parse(StrCat(kGood, line, "\n"));
  EXPECT_EQ(DumpFlowDb(file.db), DumpFlowDb(Parse(kGood).db));
  ASSERT_THAT(file.warnings, SizeIs(1));
  EXPECT_EQ(file.warnings[0].line, kNextLine);
  EXPECT_EQ(file.warnings[0].message, reason);
  EXPECT_EQ(file.warnings[0].text, line);
}

TEST(FlowDbParser, ReadsEveryRecord) {
  const FlowDbFile file = Parse(
      "# comment\n\n  # indented comment\n \t\n"
      "METADATA,version,1.1\n"
      "METADATA,made by,someone, somewhere\n"
      "SOURCE,1,a.c,10,3,9\n"
      "SINK,1,b.c,20,0,0\n"
      "INTERMEDIATE,3,a.c,11,1,1\n"
      "INTERMEDIATE,0,dir/c.c,12,5,7\n"
      "FLOW,7,1,1,[3,0],a, \"b\" and [c]\n");
  EXPECT_THAT(file.warnings, IsEmpty());
  EXPECT_EQ(DumpFlowDb(file.db),
            "metadata 'version' '1.1'\n"
            "metadata 'made by' 'someone, somewhere'\n"
            "SOURCE 1 'a.c' 10 3-9\n"
            "SINK 1 'b.c' 20 0-0\n"
            "INTERMEDIATE 3 'a.c' 11 1-1\n"
            "INTERMEDIATE 0 'dir/c.c' 12 5-7\n"
            "flow 7 1 -> 1 via 3 0 'a, \\\"b\\\" and [c]'\n");
}

TEST(FlowDbParser, FlowsMayComeBeforeTheirLocations) {
  const FlowDbFile file = Parse(
      "FLOW,7,1,2,[3],first\nINTERMEDIATE,3,a.c,11,1,1\nSINK,2,b.c,20,0,0\nSOURCE,1,a.c,1,0,0");
  EXPECT_THAT(file.warnings, IsEmpty());
  EXPECT_EQ(file.db.num_flows(), 1u);
}

TEST(FlowDbParser, AcceptsVariantsOfTheSameText) {
  const std::string expected = DumpFlowDb(Parse(kGood).db);
  std::string crlf;
  for (char c : kGood) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  const struct {
    std::string_view what;
    std::string text;
  } kCases[] = {
      {"CRLF", crlf},
      {"no newline at the end", std::string(kGood.substr(0, kGood.size() - 1))},
      {"CR but no newline at the end", crlf.substr(0, crlf.size() - 1)},
      {"byte order mark", StrCat("\xEF\xBB\xBF", kGood)},
      {"blanks around fields",
       " SOURCE , 1,\ta.c ,10, 3 ,9 \nSINK,2 , b.c,20,0,0\nINTERMEDIATE,3,a.c,11,1,1\t\n"
       "FLOW , 7, 1 ,2 , [ 3 ] , good \n"},
      {"needless quotes",
       "SOURCE,1,\"a.c\",10,3,9\nSINK,2,$\"b.c\",20,0,0\nINTERMEDIATE,3,a.c,11,1,1\n"
       "FLOW,7,1,2,[3],\"good\"\n"},
  };
  for (const auto& test : kCases) {
    const FlowDbFile file = Parse(test.text);
    EXPECT_THAT(file.warnings, IsEmpty()) << test.what;
    EXPECT_EQ(DumpFlowDb(file.db), expected) << test.what;
  }
}

TEST(FlowDbParser, AcceptsEveryFormOfListAndDescription) {
  const struct {
    std::string_view line;
    size_t intermediates;
    std::string_view description;
  } kCases[] = {{"FLOW,8,1,2,[]", 0, ""},
                {"FLOW,8,1,2,[ ],", 0, ""},
                {"FLOW,8,1,2,[3, 3 ,3],  x ", 3, "x"},
                {"FLOW,8,1,2,[3],,", 1, ","},
                {"FLOW,8,1,2,[3],# no comment", 1, "# no comment"},
                {R"(FLOW,8,1,2,[3]," x ")", 1, " x "},
                {R"(FLOW,8,1,2,[3],$"two\nlines")", 1, "two\nlines"}};
  for (const auto& test : kCases) {
    const FlowDbFile file = Parse(StrCat(kGood, test.line));
    EXPECT_THAT(file.warnings, IsEmpty()) << test.line;
    ASSERT_EQ(file.db.num_flows(), 2u) << test.line;
    EXPECT_THAT(file.db.flow(1).intermediates, SizeIs(test.intermediates)) << test.line;
    EXPECT_EQ(file.db.flow(1).description, test.description) << test.line;
  }
}

TEST(FlowDbParser, UnknownKeyword) {
  const std::string known = " (known are METADATA, SOURCE, SINK, INTERMEDIATE, FLOW and LABEL)";
  ExpectSkipped("SANITIZER,1,a.c,1,0,0", StrCat("unknown record keyword \"SANITIZER\"", known));
  ExpectSkipped("flow,8,1,2,[3],x", StrCat("unknown record keyword \"flow\"", known));
  ExpectSkipped("nonsense", StrCat("unknown record keyword \"nonsense\"", known));
  ExpectSkipped(",", StrCat("unknown record keyword \"\"", known));
}

TEST(FlowDbParser, LabelsMayComeBeforeTheirRecordsAndRepeat) {
  const FlowDbFile file = Parse(
      StrCat("LABEL,FLOW,7,rule,copy, of data\nLABEL,SINK,2,data,size\n", kGood,
             "LABEL , SOURCE , 1 , \"origin, of it\" , $\"a\\nb\" \nLABEL,INTERMEDIATE,3,empty,\n"
             "LABEL,SINK,2,data,index\n"));
  EXPECT_THAT(file.warnings, IsEmpty());
  EXPECT_THAT(file.db.labels(), ElementsAre(Label{RecordKind::kFlow, 7, "rule", "copy, of data"},
                                            Label{RecordKind::kSink, 2, "data", "size"},
                                            Label{RecordKind::kSource, 1, "origin, of it", "a\nb"},
                                            Label{RecordKind::kIntermediate, 3, "empty", ""},
                                            Label{RecordKind::kSink, 2, "data", "index"}));
}

TEST(FlowDbParser, UnusableLabels) {
  ExpectSkipped("LABEL,FLOW,7,rule", "LABEL needs 5 fields: LABEL,<record>,<id>,<key>,<value>");
  ExpectSkipped("LABEL,METADATA,7,a,b",
                "a LABEL is for a SOURCE, SINK, INTERMEDIATE or FLOW, not for \"METADATA\"");
  ExpectSkipped("LABEL,FLOW,x,a,b", "id \"x\" is not a number");
  ExpectSkipped("LABEL,FLOW,7,,b", "LABEL key is empty");
  ExpectSkipped("LABEL,FLOW,7,a,\"b\" c",
                "LABEL value: text behind a closing quote (inside quotes a quote is written \"\")");
  ExpectSkipped("LABEL,FLOW,8,a,b", "LABEL for FLOW 8, which is not known");
  ExpectSkipped("LABEL,SINK,7,a,b", "LABEL for SINK 7, which is not known");
}

TEST(FlowDbParser, WrongFieldCountOfALocation) {
  ExpectSkipped("SOURCE", "SOURCE needs 6 fields, this line has 1");
  ExpectSkipped("SINK,5,a.c,1,0", "SINK needs 6 fields, this line has 5");
  ExpectSkipped("INTERMEDIATE,5,a,b.c,1,0,0",
                "INTERMEDIATE needs 6 fields, this line has 7 (a file name with a comma must be "
                "quoted)");
}

TEST(FlowDbParser, WrongFieldCountOfAFlow) {
  ExpectSkipped("FLOW", "FLOW needs at least 5 fields, this line has 1");
  ExpectSkipped("FLOW,8,1,2", "FLOW needs at least 5 fields, this line has 4");
}

TEST(FlowDbParser, WrongFieldCountOfMetadata) {
  ExpectSkipped("METADATA", "METADATA needs 3 fields: METADATA,<key>,<value>");
  ExpectSkipped("METADATA,key", "METADATA needs 3 fields: METADATA,<key>,<value>");
}

TEST(FlowDbParser, BadNumbersNameTheirField) {
  ExpectSkipped("SOURCE,,a.c,1,0,0", "id is empty");
  ExpectSkipped("SOURCE,x,a.c,1,0,0", "id \"x\" is not a number");
  ExpectSkipped("SOURCE,5,a.c,-1,0,0", "line number \"-1\" is negative");
  ExpectSkipped("SOURCE,5,a.c,1,4294967296,0",
                "start column \"4294967296\" is larger than 4294967295");
  ExpectSkipped("SOURCE,5,a.c,1,1,2x", "end column \"2x\" has other text behind the number");
  ExpectSkipped("FLOW,8a,1,2,[3],", "flow id \"8a\" has other text behind the number");
  ExpectSkipped("FLOW,8,,2,[3],", "source id is empty");
  ExpectSkipped("FLOW,8,1,-2,[3],", "sink id \"-2\" is negative");
  ExpectSkipped("FLOW,8,1,2,[3,x],", "intermediate id \"x\" is not a number");
  ExpectSkipped("FLOW,8,1,2,[3,,3],", "intermediate id is empty");
  ExpectSkipped("FLOW,8,1,2,[3,],", "intermediate id is empty");
  ExpectSkipped("FLOW,8,1,2,[3 3],", "intermediate id \"3 3\" has other text behind the number");
}

TEST(FlowDbParser, BadListOfIntermediates) {
  ExpectSkipped("FLOW,8,1,2,3,x", "the list of intermediates does not start with '['");
  ExpectSkipped("FLOW,8,1,2,,x", "the list of intermediates does not start with '['");
  ExpectSkipped("FLOW,8,1,2,[3,x", "unterminated '[', the list of intermediates has no ']'");
  ExpectSkipped("FLOW,8,1,2,[3]x", "no comma between ']' and the description");
}

TEST(FlowDbParser, EmptyNames) {
  ExpectSkipped("SOURCE,5,,1,0,0", "file name is empty");
  ExpectSkipped("METADATA,,x", "METADATA key is empty");
}

TEST(FlowDbParser, UnterminatedQuote) {
  const std::string reason =
      "unterminated quote (a field that starts with a quote must end with one)";
  ExpectSkipped("SOURCE,5,\"a.c,1,0,0", reason);
  ExpectSkipped("SOURCE,5,$\"a.c,1,0,0", reason);
  ExpectSkipped("FLOW,\"8,1,2,[3],x", reason);
  ExpectSkipped("METADATA,\"key,x", reason);
  ExpectSkipped("\"SOURCE,5,a.c,1,0,0", reason);
  ExpectSkipped("FLOW,8,1,2,[3],\"x", "description: unterminated quote");
  ExpectSkipped("METADATA,key,\"x", "METADATA value: unterminated quote");
}

TEST(FlowDbParser, TextBehindAQuote) {
  const std::string reason = "text behind a closing quote (inside quotes a quote is written \"\")";
  ExpectSkipped("SOURCE,5,\"a\".c,1,0,0", StrCat("file name: ", reason));
  ExpectSkipped("FLOW,8,1,2,[3],\"x\" is read", StrCat("description: ", reason));
}

TEST(FlowDbParser, UnknownEscape) {
  ExpectSkipped(R"(SOURCE,5,$"a\tb",1,0,0)",
                R"(file name: unknown escape (known are \n, \r, \0 and \\))");
}

TEST(FlowDbParser, LineZero) {
  ExpectSkipped("SOURCE,5,a.c,0,0,0", "line number is 0, lines count from 1");
}

TEST(FlowDbParser, UnknownIdsInAFlow) {
  ExpectSkipped("FLOW,8,2,2,[3],", "unknown source id 2 in flow 8");
  ExpectSkipped("FLOW,8,1,1,[3],", "unknown sink id 1 in flow 8");
  ExpectSkipped("FLOW,8,1,2,[3,4],", "unknown intermediate id 4 in flow 8");
}

TEST(FlowDbParser, DuplicateIds) {
  ExpectSkipped("SOURCE,1,z.c,99,0,0", "duplicate SOURCE id 1, already used for a.c:10:3-9");
  ExpectSkipped("SINK,2,z.c,99,9,1", "duplicate SINK id 2, already used for b.c:20");
  ExpectSkipped("FLOW,7,1,2,[],other", "duplicate flow id 7");
}

TEST(FlowDbParser, ReversedColumnsAreSwapped) {
  const FlowDbFile file = Parse(StrCat(kGood, "SOURCE,5,a.c,1,9,4\n"));
  ASSERT_THAT(file.warnings, SizeIs(1));
  EXPECT_EQ(file.warnings[0].message, "columns 9 and 4 are reversed; used as 4-9");
  ASSERT_NE(file.db.FindLocation(LocationKind::kSource, 5), nullptr);
  EXPECT_EQ(*file.db.FindLocation(LocationKind::kSource, 5), (Location{5, 0, 1, 4, 9}));
}

TEST(FlowDbParser, HalfUnknownColumnsAreUnknown) {
  for (std::string_view line : {"SOURCE,5,a.c,1,9,0", "SOURCE,5,a.c,1,0,9"}) {
    const FlowDbFile file = Parse(StrCat(kGood, line));
    ASSERT_THAT(file.warnings, SizeIs(1));
    EXPECT_THAT(file.warnings[0].message, HasSubstr("is 0; used with both unknown"));
    EXPECT_EQ(*file.db.FindLocation(LocationKind::kSource, 5), (Location{5, 0, 1, 0, 0}));
  }
}

TEST(FlowDbParser, NulByte) {
  const std::vector<FlowDbWarning> warnings = WarningsOf("SOURCE,5,a\0b.c,1,0,0"s);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_EQ(warnings[0].line, kNextLine);
  EXPECT_EQ(warnings[0].message, "NUL byte in the line");
  EXPECT_EQ(warnings[0].text, "SOURCE,5,a?b.c,1,0,0");
}

TEST(FlowDbParser, LongestLineIsReadAndALongerOneIsNot) {
  const std::string start = "FLOW,8,1,2,[3],";
  const std::string longest = start + std::string(kMaxFlowDbLineBytes - start.size(), 'x');
  EXPECT_THAT(WarningsOf(longest), IsEmpty());
  EXPECT_THAT(WarningsOf(longest + "\r"), IsEmpty());
  const std::vector<FlowDbWarning> warnings = WarningsOf(longest + "x");
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_EQ(warnings[0].message, "line of 1048577 bytes is longer than 1048576");
  EXPECT_THAT(warnings[0].text, SizeIs(123)) << "cut, and marked as cut";
}

TEST(FlowDbParser, MetadataCountsAreCompared) {
  const FlowDbFile file = Parse(StrCat(
      "METADATA,flows,2\nMETADATA,sources,1\nMETADATA,sinks,0\nMETADATA,intermediates,5\n", kGood));
  ASSERT_THAT(file.warnings, SizeIs(3));
  EXPECT_EQ(file.warnings[0].line, 1u);
  EXPECT_EQ(file.warnings[0].message, "METADATA promises 2 flows, the file has 1 usable");
  EXPECT_EQ(file.warnings[0].text, "METADATA,flows,2");
  EXPECT_EQ(file.warnings[1].message, "METADATA promises 0 sinks, the file has 1 usable");
  EXPECT_EQ(file.warnings[2].message, "METADATA promises 5 intermediates, the file has 1 usable");
  EXPECT_THAT(file.db.metadata(), SizeIs(4)) << "kept as they are";
}

TEST(FlowDbParser, BadMetadataCount) {
  ExpectSkipped("METADATA,flows,many", "METADATA count of flows \"many\" is not a number");
  ExpectSkipped("METADATA,sinks,", "METADATA count of sinks is empty");
}

TEST(FlowDbParser, UnknownVersionIsReadAllTheSame) {
  const FlowDbFile file = Parse(StrCat("METADATA,version,2.0\n", kGood));
  ASSERT_THAT(file.warnings, SizeIs(1));
  EXPECT_EQ(file.warnings[0].message, "version \"2.0\" is not known; the file is read as 1.2");
  EXPECT_THAT(file.db.metadata(), ElementsAre(Pair("version", "2.0")));
  for (std::string_view version : {"1", "1.0", "1.1", "1.2"}) {
    EXPECT_THAT(Parse(StrCat("METADATA,version,", version, "\n", kGood)).warnings, IsEmpty());
  }
}

TEST(FlowDbParser, WarningsComeInLineOrder) {
  const FlowDbFile file =
      Parse(StrCat("METADATA,flows,9\nFLOW,1,8,2,[],\nnonsense\nFLOW,2,8,2,[],\n", kGood));
  std::vector<uint32_t> lines;
  for (const FlowDbWarning& warning : file.warnings) lines.push_back(warning.line);
  EXPECT_THAT(lines, ElementsAre(1, 2, 3, 4));
}

TEST(FlowDbParser, TooManyWarningsAreCountedAndTheFirstOnesKept) {
  std::string text(kGood);
  for (int i = 0; i < 1500; ++i) text += "FLOW,8,9,9,[],\nnonsense\n";
  const FlowDbFile file = Parse(text);
  EXPECT_EQ(file.num_warnings, 3000u);
  ASSERT_THAT(file.warnings, SizeIs(kMaxFlowDbWarnings));
  for (uint32_t i = 0; i < kMaxFlowDbWarnings; ++i) {
    ASSERT_EQ(file.warnings[i].line, kNextLine + i);
  }
}

TEST(FlowDbParser, SkippedLocationsLeaveNoFileBehind) {
  EXPECT_EQ(Parse(StrCat(kGood, "SOURCE,5,new.c,0,0,0\nSOURCE,1,new.c,1,0,0\n")).db.num_files(),
            2u);
}

// Whatever the bytes are: no crash, no endless loop, and a database that is sound enough to be
// written and read again.
TEST(FlowDbParser, DamagedTextGivesASoundDatabase) {
  constexpr std::string_view kDamage = "\",[]$#\n\r\\ 09-\0\xFF";
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::string text = FormatFlowDb(RandomFlowDb(random));
    for (uint32_t damages = 1 + random() % 8; damages > 0; --damages) {
      text[random() % text.size()] = kDamage[random() % kDamage.size()];
    }
    const FlowDbFile file = Parse(text.substr(0, random() % (2 * text.size())));
    const FlowDbFile again = Parse(FormatFlowDb(file.db));
    ASSERT_EQ(DumpFlowDb(again.db), DumpFlowDb(file.db));
  }
}

}  // namespace
}  // namespace flowmon
