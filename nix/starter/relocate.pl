# Adapts a Debian package to the Nix store. ELF interpreters, run paths, symbolic links
# and first lines of scripts then name the store paths that they need.
# Reads the environment: out, dependencies, interpreters.
use strict;
use warnings;

my $out = $ENV{out};
my @dependencies = split ' ', $ENV{dependencies};
my @interpreters = split ' ', $ENV{interpreters};
my $PROPAGATED = 'nix-support/propagated-user-env-packages';

# The build's own directory is first. Its dependencies follow, the nearest first.
my @roots = ($out, nearest_first(@dependencies, @interpreters));
my %is_propagated = map { $_ => 1 } nearest_first(@dependencies);
my %used;

my (@files, @links);
walk($out);
relocate_elf(@files);
relocate_link($_) for @links;
relocate_script($_) for @files;
write_propagated();

# --- Store paths

sub nearest_first {
    my @queue = @_;
    my (@found, %seen);
    while (defined(my $path = shift @queue)) {
        next if $seen{$path}++;
        push @found, $path;
        open my $handle, '<', "$path/$PROPAGATED" or next;
        local $/;
        push @queue, split ' ', <$handle>;
    }
    return @found;
}

# Finds an absolute path of Debian in the store. Returns the store path, with the path
# in it. Debian's packages may say /bin for /usr/bin, and the reverse (merged /usr).
sub locate {
    my ($path) = @_;
    my @spellings = ($path, $path =~ m{^/usr(/(?:bin|sbin|lib\w*)/.*)}s ? $1 : "/usr$path");
    for my $root (@roots) {
        for my $spelling (@spellings) {
            next unless lstat "$root$spelling";
            $used{$root} = 1;
            return "$root$spelling";
        }
    }
    return;
}

# Debian does not declare interpreters as dependencies. If a package uses one, an image
# of the package needs the interpreter, too.
sub write_propagated {
    my @undeclared = grep { $used{$_} && !$is_propagated{$_} } @interpreters;
    my $file = "$out/$PROPAGATED";
    my @all = (@dependencies, @undeclared);
    unless (@all) { rmdir "$out/nix-support"; return }
    open my $handle, '>', $file or die "$file: $!";
    print $handle join(' ', @all), "\n";
    close $handle or die "$file: $!";
}

# --- Files

sub walk {
    my ($directory) = @_;
    opendir my $handle, $directory or die "$directory: $!";
    my @names = sort grep { $_ ne '.' && $_ ne '..' } readdir $handle;
    closedir $handle;
    for my $name (@names) {
        my $path = "$directory/$name";
        if (-l $path) { push @links, $path }
        elsif (-d _) { walk($path) }
        elsif (-f _) { push @files, $path }
    }
}

# --- Symbolic links

# A link within its own store path stays relative. A link to another store path gets the
# target's path in the store. A link without a target in any package stays unchanged.
# If several packages fill a directory, it is complete only in an image. A link to such a
# directory gets Debian's absolute path.
sub relocate_link {
    my ($link) = @_;
    my $target = readlink $link;
    my $place = substr $link, length $out;
    my $logical = $target =~ m{^/} ? normalize($target) : normalize("$place/../$target");
    my $shared = 1 < grep { !-l "$_$logical" && -d _ } @roots;
    return if !$shared && $target !~ m{^/} && lstat "$out$logical";
    my $found = $shared ? $logical : locate($logical) or return;
    return if $found eq $link || $found eq $target;
    unlink $link or die "$link: $!";
    symlink $found, $link or die "$link: $!";
}

sub normalize {
    my @parts;
    for my $part (split m{/}, $_[0]) {
        next if $part eq '' || $part eq '.';
        if ($part eq '..') { pop @parts } else { push @parts, $part }
    }
    return '/' . join '/', @parts;
}

# --- Scripts

sub relocate_script {
    my ($file) = @_;
    return unless -x $file && -s _ > 2;
    open my $handle, '<:raw', $file or die "$file: $!";
    read $handle, my $magic, 2;
    return unless $magic eq '#!';
    local $/;
    my $text = <$handle>;
    close $handle;
    my ($line, $rest) = split /\n/, $text, 2;
    my $relocated = relocate_shebang($line) or return;
    open $handle, '>:raw', $file or die "$file: $!";
    print $handle "#!$relocated\n", $rest // '';
    close $handle or die "$file: $!";
}

sub relocate_shebang {
    my ($line) = @_;
    my ($path, $arguments) = $line =~ m{^\s*(/\S+)(.*)$}s or return;
    return if $path =~ m{^/nix/store/};
    # The first word after env is the program. Options of env are not supported.
    if ($path =~ m{/env$} && $arguments =~ m{^\s+([^\s=-][^\s=]*)(.*)$}s) {
        my ($name, $others) = ($1, $2);
        my $found = locate("/usr/bin/$name");
        return $found && "$found$others";
    }
    my $found = locate($path);
    return $found && "$found$arguments";
}

# --- ELF

# Runs patchelf once for all files that get the same interpreter and run path.
sub relocate_elf {
    my (%calls, %seen);
    for my $file (@_) {
        my ($device, $inode) = lstat $file;
        next if $seen{"$device:$inode"}++;
        my $elf = read_elf($file) or next;
        my @arguments = patchelf_arguments($file, $elf) or next;
        push @{ $calls{ join "\0", @arguments } }, $file;
    }
    for my $call (sort keys %calls) {
        my @files = @{ $calls{$call} };
        while (my @some = splice @files, 0, 500) { patch([split /\0/, $call], @some) }
    }
}

# If patchelf fails for several files, this runs it for each file alone. A file that
# patchelf cannot handle (such as test data) stays unchanged.
sub patch {
    my ($arguments, @files) = @_;
    return if system('patchelf', @$arguments, @files) == 0;
    if (@files == 1) { print STDERR "$files[0]: left as it is\n" }
    else { patch($arguments, $_) for @files }
}

sub patchelf_arguments {
    my ($file, $elf) = @_;
    my @arguments;
    if (defined $elf->{interpreter}) {
        my $loader = locate($elf->{interpreter}) or return;
        # The C library's own libraries find each other. Its programs do not find them.
        return if index($loader, "$out/") == 0 && $file =~ /\.so(?:\.|$)/;
        push @arguments, '--set-interpreter', $loader;
    } elsif (grep { lstat "$out$_" } '/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1') {
        return;
    }
    my $run_path = run_path($file, $elf);
    push @arguments, '--set-rpath', $run_path if $run_path ne '';
    return @arguments;
}

# The directories of the libraries that the file needs, in the order of its list. Before
# them come the directories that the file itself names relative to its own place.
sub run_path {
    my ($file, $elf) = @_;
    my @relative = grep { /^\$(?:ORIGIN|\{ORIGIN\})/ } @{ $elf->{run_path} };
    my @directories = (@relative, grep { defined } map { find_library($_, $file, $elf) } @{ $elf->{needed} });
    my %seen;
    return join ':', grep { !$seen{$_}++ } @directories;
}

sub find_library {
    my ($name, $file, $elf) = @_;
    my $place = substr $file, length $out;
    $place =~ s{/[^/]*$}{};
    my @named = map { s/^\$(?:ORIGIN|\{ORIGIN\})/$place/r } @{ $elf->{run_path} };
    my @standard = map { ("/usr/lib$_", "/lib$_") } "/$elf->{triplet}", '';
    for my $root (@roots) {
        for my $directory (map { normalize($_) } @named, @standard, $root eq $out ? $place : ()) {
            next unless has_file("$root$directory", $name);
            $used{$root} = 1;
            return "$root$directory";
        }
    }
    print STDERR "$file: no package has $name\n";
    return;
}

my %listings;

sub has_file {
    my ($directory, $name) = @_;
    my $listing = $listings{$directory} //= do {
        my %names;
        if (opendir my $handle, $directory) { %names = map { $_ => 1 } readdir $handle }
        \%names;
    };
    return $listing->{$name};
}

# Returns interpreter, needed libraries and run path of a dynamically linked file.
# Returns nothing for any other file.
# https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
sub read_elf {
    my ($file) = @_;
    open my $handle, '<:raw', $file or die "$file: $!";
    read($handle, my $header, 64) == 64 or return;
    my ($magic, $class, $order) = unpack 'a4 C C', $header;
    return unless $magic eq "\x7fELF" && $class == 2 && $order == 1;
    my ($type, $machine) = unpack 'x16 v v', $header;
    my %triplets = (62 => 'x86_64-linux-gnu', 183 => 'aarch64-linux-gnu');
    my $triplet = $triplets{$machine} or return;
    return unless $type == 2 || $type == 3;

    my ($offset, $size, $count) = unpack 'x32 Q< x14 v v', $header;
    my @segments = map { segment(read_at($handle, $offset + $_ * $size, 56)) } 0 .. $count - 1;
    # Only Go's own linker writes this segment. patchelf breaks programs of this linker.
    # They work unchanged in an image, because the C library is at Debian's usual path.
    return if grep { $_->{type} == 0x65041580 } @segments;
    my ($dynamic) = grep { $_->{type} == 2 } @segments or return;
    my ($interpreter) = grep { $_->{type} == 3 } @segments;
    my ($strings, %values);
    my $table = read_at($handle, $dynamic->{offset}, $dynamic->{size});
    for my $entry (unpack '(a16)*', $table) {
        my ($tag, $value) = unpack 'Q< Q<', $entry;
        last if $tag == 0;
        if ($tag == 5) { $strings = $value } else { push @{ $values{$tag} }, $value }
    }
    return unless defined $strings && $values{10};
    my ($load) = grep {
        $_->{type} == 1 && $strings >= $_->{address} && $strings < $_->{address} + $_->{size}
    } @segments;
    return unless $load;
    my $bytes = read_at($handle, $strings - $load->{address} + $load->{offset}, $values{10}[0]);
    my $string = sub { unpack 'Z*', substr $bytes, $_[0] };
    return {
        triplet => $triplet,
        interpreter => $interpreter && unpack('Z*', read_at($handle, $interpreter->{offset}, $interpreter->{size})),
        needed => [map { $string->($_) } @{ $values{1} || [] }],
        run_path => [map { split /:/, $string->($_) } @{ $values{29} || $values{15} || [] }],
    };
}

sub segment {
    my ($type, $offset, $address, $size) = unpack 'V x4 Q< Q< x8 Q<', $_[0];
    return { type => $type, offset => $offset, address => $address, size => $size };
}

sub read_at {
    my ($handle, $offset, $size) = @_;
    seek $handle, $offset, 0 or die "seek: $!";
    read($handle, my $bytes, $size) == $size or die 'an ELF file is cut short';
    return $bytes;
}
