class Labctl < Formula
  desc "Make and prove a web-server lab over SSH"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/labctl-aarch64-apple-darwin.tar.gz"
      sha256 "@labctl-aarch64-apple-darwin.tar.gz@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/labctl-x86_64-apple-darwin.tar.gz"
      sha256 "@labctl-x86_64-apple-darwin.tar.gz@"
    end
  end

  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/labctl-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@labctl-aarch64-unknown-linux-musl.tar.gz@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/labctl-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@labctl-x86_64-unknown-linux-musl.tar.gz@"
    end
  end

  def install
    bin.install "labctl"
    bash_completion.install "completions/labctl.bash" => "labctl"
    zsh_completion.install "completions/_labctl"
    fish_completion.install "completions/labctl.fish"
    man1.install Dir["man/*.1"]
    doc.install "README.md", "SECURITY.md", "LICENCES-OF-CRATES"
  end

  test do
    assert_match "labctl #{version}", shell_output("#{bin}/labctl --version")
  end
end
