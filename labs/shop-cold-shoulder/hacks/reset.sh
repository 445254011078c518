# Start afresh: until the next pause.
on node1 conntrack -F
