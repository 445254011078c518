/* The floor of wiring pods: what the kernel alone takes for namespace, veth pair, enslave, address, up.
 *
 *   floor COUNT     in a network namespace that may be filled; prints the nanoseconds of the whole
 *
 * For each pod: unshare(CLONE_NEWNET) and a netlink socket there; back home, one RTM_NEWLINK for the veth pair with
 * its peer in the new namespace and its own end a port of the bridge; then address, loopback up, eth0 up inside.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct message { union { struct nlmsghdr head; char bytes[1024]; }; };

static void die(const char *what) { perror(what); exit(1); }

static struct rtattr *put(struct message *message, int type, const void *data, int length) {
  struct rtattr *attribute = (struct rtattr *)(message->bytes + NLMSG_ALIGN(message->head.nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(length);
  if (length) memcpy(RTA_DATA(attribute), data, length);
  message->head.nlmsg_len = NLMSG_ALIGN(message->head.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
  return attribute;
}

static void end(struct message *message, struct rtattr *nest) {
  nest->rta_len = message->bytes + message->head.nlmsg_len - (char *)nest;
}

static void *begin(struct message *message, int type, int flags, int size) {
  memset(message, 0, sizeof *message);
  message->head.nlmsg_len = NLMSG_LENGTH(size);
  message->head.nlmsg_type = type;
  message->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  return NLMSG_DATA(&message->head);
}

static void ask(int socket, struct message *message, const char *what) {
  char answer[4096];
  if (send(socket, message, message->head.nlmsg_len, 0) < 0) die(what);
  if (recv(socket, answer, sizeof answer, 0) < 0) die(what);
  struct nlmsgerr *error = NLMSG_DATA((struct nlmsghdr *)answer);
  if (error->error) { fprintf(stderr, "%s: %s\n", what, strerror(-error->error)); exit(1); }
}

static int open_netlink(void) {
  int opened = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  struct sockaddr_nl local = {.nl_family = AF_NETLINK};
  if (opened < 0 || bind(opened, (struct sockaddr *)&local, sizeof local)) die("netlink");
  return opened;
}

static void up(int socket, int index) {
  struct message message;
  struct ifinfomsg *link = begin(&message, RTM_NEWLINK, 0, sizeof *link);
  link->ifi_index = index;
  link->ifi_flags = link->ifi_change = IFF_UP;
  ask(socket, &message, "up");
}

static void make_bridge(int socket) {
  struct message message;
  struct ifinfomsg *link = begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link);
  link->ifi_flags = link->ifi_change = IFF_UP;
  put(&message, IFLA_IFNAME, "floor0", 7);
  struct rtattr *info = put(&message, IFLA_LINKINFO, 0, 0);
  put(&message, IFLA_INFO_KIND, "bridge", 7);
  end(&message, info);
  ask(socket, &message, "bridge");
}

static void make_pair(int socket, int number, int namespace, int bridge) {
  struct message message;
  char name[IFNAMSIZ];
  struct ifinfomsg *link = begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link);
  link->ifi_flags = link->ifi_change = IFF_UP;
  put(&message, IFLA_IFNAME, name, sprintf(name, "f%d", number) + 1);
  put(&message, IFLA_MASTER, &bridge, 4);
  struct rtattr *info = put(&message, IFLA_LINKINFO, 0, 0);
  put(&message, IFLA_INFO_KIND, "veth", 5);
  struct rtattr *data = put(&message, IFLA_INFO_DATA, 0, 0);
  struct ifinfomsg far = {.ifi_index = 2};
  struct rtattr *peer = put(&message, VETH_INFO_PEER, &far, sizeof far);
  put(&message, IFLA_IFNAME, "eth0", 5);
  put(&message, IFLA_NET_NS_FD, &namespace, 4);
  end(&message, peer);
  end(&message, data);
  end(&message, info);
  ask(socket, &message, "veth");
}

static void give_address(int socket, int number) {
  struct message message;
  struct ifaddrmsg *address = begin(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *address);
  unsigned value = htonl(0x0a000000u + 256 + number);
  address->ifa_family = AF_INET;
  address->ifa_prefixlen = 8;
  address->ifa_index = 2;
  put(&message, IFA_LOCAL, &value, 4);
  put(&message, IFA_ADDRESS, &value, 4);
  ask(socket, &message, "address");
}

int main(int count, char **arguments) {
  int pods = count > 1 ? atoi(arguments[1]) : 10;
  struct rlimit files = {1 << 16, 1 << 16};
  if (getrlimit(RLIMIT_NOFILE, &files)) die("getrlimit");
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int home = open("/proc/self/ns/net", O_RDONLY), main_socket = open_netlink();
  make_bridge(main_socket);
  int bridge = if_nametoindex("floor0");
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (int i = 0; i < pods; i++) {
    if (unshare(CLONE_NEWNET)) die("unshare");
    int there = open("/proc/self/ns/net", O_RDONLY), inside = open_netlink();
    if (setns(home, CLONE_NEWNET)) die("setns");
    make_pair(main_socket, i, there, bridge);
    give_address(inside, i);
    up(inside, 1);
    up(inside, 2);
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("%lld\n", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec);
  return 0;
}
