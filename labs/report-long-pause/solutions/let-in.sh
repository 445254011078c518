on files ip6tables -D INPUT -p tcp -j DROP
