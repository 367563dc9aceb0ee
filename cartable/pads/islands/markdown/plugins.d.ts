// Plugins of markdown-it that bring no types.
declare module "markdown-it-footnote" {
  const plugin: (md: import("markdown-it").MarkdownIt) => void;
  export default plugin;
}
declare module "markdown-it-deflist" {
  const plugin: (md: import("markdown-it").MarkdownIt) => void;
  export default plugin;
}
declare module "markdown-it-sub" {
  const plugin: (md: import("markdown-it").MarkdownIt) => void;
  export default plugin;
}
declare module "markdown-it-sup" {
  const plugin: (md: import("markdown-it").MarkdownIt) => void;
  export default plugin;
}
declare module "markdown-it-container" {
  const plugin: (md: import("markdown-it").MarkdownIt, name: string, options: { render: import("markdown-it").RendererRule }) => void;
  export default plugin;
}
declare module "*.css";
