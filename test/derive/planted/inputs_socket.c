// CATEGORY: program-inputs
// WHY: A message of a socket says how long its text is; the text is copied without a check of the
// destination. The reply has a constant length.
// INPUT: \x05\x00hello
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct Connection {
  int socket;
  uint8_t message[2048];
};

static uint8_t g_text[128];
static uint8_t g_reply[128];

static int Receive(struct Connection* connection) {
  const int fd = connection->socket;
  ssize_t got = recv(fd, connection->message, sizeof connection->message, 0);  // FLOW-SOURCE a
  return got > 2;
}

static void Handle(const struct Connection* connection) {
  size_t length = connection->message[0] | (size_t)connection->message[1] << 8;
  memcpy(g_text, connection->message + 2, length);  // MUST a copy, copy-size
  memcpy(g_reply, "thanks", 7);                     // MUST-NOT a copy, copy-size
}

int main(void) {
  struct Connection connection = {.socket = 0};
  if (!Receive(&connection)) return 1;
  Handle(&connection);
  return 0;
}
