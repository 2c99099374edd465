#!/usr/bin/perl
# Helper of Squid (store_id_program): the key of an object is its URL and the ISTag of the ICAP
# service that scanned it. Arguments: ADDRESS:PORT SERVICE. Needs concurrency in store_id_children.
use strict;
use warnings;
use IO::Socket::INET;

my ($address, $service) = @ARGV;
my ($tag, $answered, $asked, $count) = ('', 0, 0, 0);

# The ISTag that holds now, or undef when the scanner does not answer.
sub ask {
    my $answer = '';
    eval {
        local $SIG{ALRM} = sub { die "no answer\n" };
        alarm 2;
        my $scanner = IO::Socket::INET->new(PeerAddr => $address, Timeout => 2) or die "no scanner\n";
        print $scanner "OPTIONS icap://$address/$service ICAP/1.0\r\nHost: $address\r\n\r\n";
        while (my $line = <$scanner>) {
            $answer .= $line;
            last if $line eq "\r\n";
        }
        alarm 0;
    };
    alarm 0;
    return unless $answer =~ m{^ICAP/1\.0 200 } and $answer =~ /^ISTag:\s*"?([\w.-]+)/mi;
    return $1;
}

$| = 1;
while (my $line = <STDIN>) {
    my ($channel, $url) = split ' ', $line;
    my $now = time;
    if ($now != $asked) {    # once a second at most
        my $new = ask();
        ($tag, $answered) = ($new, time) if defined $new;
        $asked = time;
    }
    # Without an answer for a minute nothing is known: a key that fits no object.
    my $key = $answered && time - $answered < 60 ? $tag : "unknown-$$-$now-" . ++$count;
    print "$channel OK store-id=http://$key.epost-av.invalid/$url\n";
}
