#!/usr/bin/perl
# rt.pl MAILS: gives every mail of a folder to Request Tracker's mail gateway, inside this process, and prints the CPU each cost.
use lib '/usr/share/request-tracker5/lib';
use strict;
use warnings;
use RT -init;
use RT::Interface::Email;

my $queue = RT::Queue->new(RT->SystemUser);
$queue->Load('General');
my $everyone = RT::Group->new(RT->SystemUser);
$everyone->LoadSystemInternalGroup('Everyone');
$everyone->PrincipalObj->GrantRight(Right => $_, Object => $queue) for qw(CreateTicket ReplyToTicket SeeQueue);

my @files = sort glob "$ARGV[0]/*.eml";
my $opened = 0;
my @start = times;
for my $file (@files) {
    open my $handle, '<:raw', $file or die "cannot read $file: $!";
    my $raw = do { local $/; <$handle> };
    close $handle;
    my ($status) = RT::Interface::Email::Gateway({ message => $raw, queue => 'General', action => 'correspond' });
    $opened++ if $status > 0;
}
my @end = times;
my $spent = $end[0] + $end[1] - $start[0] - $start[1];
printf "Request Tracker, each sender new: %.1f ms CPU a mail, %d mails, %d tickets opened\n", 1000 * $spent / @files, scalar @files, $opened;
