# Every flow that is still led to the old server.
on router conntrack -D -p udp --reply-src "$archive_address"
