// On a target that flow-cc built; what `flowmon verdict` makes of it: cmd_verdict_test.cc.

#include "tools/replay_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "flowdb/reader.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kProgram[] = R"(#include <stdio.h>
#include <string.h>
static char input[8], copy[8];
int main(void) {
  fputs("r", fopen("runs", "a"));
  size_t size = fread(input, 1, 8, stdin);
  if (input[0] != 'q') memcpy(copy, input, size);
  return 0;
}
)";

class ReplayInputsTest : public testing::Test {
 protected:
  ReplayInputsTest() {
    workshop_.Write("main.c", kProgram);
    workshop_.Write("x.flowdb", "SOURCE,1,main.c,6,0,0\nSINK,1,main.c,7,0,0\nFLOW,7,1,1,[],in\n");
    workshop_.set_database(workshop_.Path("x.flowdb"));
    const Ended ended = workshop_.FlowCc({"-g", "main.c", "-o", "program"});
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    verdicts_.file = *ReadFlowDb(workshop_.Path("x.flowdb"));
    verdicts_.flows.push_back({});
    verdicts_.flows[0].flow = 0;
  }
  void Keep(InputKind kind, const std::string& name, const std::string& hash) {
    FlowInput input;
    input.kind = kind;
    input.path = workshop_.Path(name);
    input.hash = hash;
    verdicts_.flows[0].inputs.push_back(input);
  }
  void Replay(uint32_t times) {
    const TargetCommand command = {
        {"/bin/sh", "-c", "cd " + workshop_.Path("") + " && exec ./program"}, 20000};
    const absl::Status status = ReplayInputs(command, times, verdicts_);
    ASSERT_TRUE(status.ok()) << status;
  }

  Workshop workshop_;
  CampaignVerdicts verdicts_;
};

TEST_F(ReplayInputsTest, RunsTheSameBytesOnce) {
  workshop_.Write("first", "one");
  workshop_.Write("smallest", "one");
  workshop_.Write("fastest", "quit");
  Keep(InputKind::kFirst, "first", "0x1");
  Keep(InputKind::kSmallest, "smallest", "0x1");
  Keep(InputKind::kFastest, "fastest", "0x2");
  Replay(2);
  EXPECT_EQ(ReadFile(workshop_.Path("runs")), "rrrr");
  const std::vector<FlowInput>& inputs = verdicts_.flows[0].inputs;
  EXPECT_EQ(inputs[0].num_completed, 2u);
  EXPECT_EQ(inputs[1].num_completed, 2u);
  EXPECT_EQ(inputs[2].num_completed, 0u);
  EXPECT_TRUE(inputs[2].is_flaky());
  EXPECT_THAT(verdicts_.warnings, IsEmpty());
}

TEST_F(ReplayInputsTest, GoesOnWithoutAnInputThatIsGone) {
  workshop_.Write("smallest", "one");
  Keep(InputKind::kFirst, "first", "0x1");
  Keep(InputKind::kSmallest, "smallest", "0x1");
  Replay(1);
  EXPECT_EQ(verdicts_.flows[0].inputs[0].num_replays, 0u);
  EXPECT_EQ(verdicts_.flows[0].inputs[1].num_completed, 1u);
  EXPECT_THAT(verdicts_.warnings, ElementsAre(HasSubstr("first is gone, and not replayed")));
}

TEST_F(ReplayInputsTest, TellsATargetOfAnotherDatabase) {
  workshop_.Write("first", "one");
  Keep(InputKind::kFirst, "first", "0x1");
  verdicts_.file.content_hash ^= 1;
  Replay(1);
  EXPECT_THAT(verdicts_.warnings, ElementsAre(HasSubstr("was compiled with another database")));
}

}  // namespace
}  // namespace flowmon::test
