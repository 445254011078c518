# Written down: until the day it moves.
on shop sh -c "echo '$stock_address stock.back stock' >> /etc/hosts; echo '$banner_address banner' >> /etc/hosts"
