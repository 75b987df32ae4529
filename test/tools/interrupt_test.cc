#include "tools/interrupt.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace flowmon {
namespace {

TEST(InterruptTest, NotesWhatWouldHaveEndedTheProcess) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const InterruptGuard guard;
    EXPECT_FALSE(guard.is_interrupted());
    raise(signal);
    EXPECT_EQ(guard.signal(), signal);
  }
}

TEST(InterruptTest, TheSecondSignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        const InterruptGuard guard;
        raise(SIGTERM);
        raise(SIGTERM);
      },
      testing::KilledBySignal(SIGTERM), "");
}

TEST(InterruptTest, WhatWasIgnoredStaysIgnored) {
  signal(SIGHUP, SIG_IGN);
  {
    const InterruptGuard guard;
    raise(SIGHUP);
    EXPECT_FALSE(guard.is_interrupted());
  }
  raise(SIGHUP);
  signal(SIGHUP, SIG_DFL);
}

}  // namespace
}  // namespace flowmon
