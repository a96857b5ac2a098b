package dev.squall.tornado.listing;

import com.github.javaparser.JavaParser;
import com.github.javaparser.ParserConfiguration;
import com.github.javaparser.ast.CompilationUnit;
import com.github.javaparser.ast.ImportDeclaration;
import com.github.javaparser.ast.Node;
import com.github.javaparser.ast.body.BodyDeclaration;
import com.github.javaparser.ast.body.FieldDeclaration;
import com.github.javaparser.ast.body.MethodDeclaration;
import com.github.javaparser.ast.body.TypeDeclaration;
import com.github.javaparser.ast.expr.Expression;
import com.github.javaparser.ast.expr.FieldAccessExpr;
import com.github.javaparser.ast.expr.MethodCallExpr;
import com.github.javaparser.ast.expr.NameExpr;
import com.github.javaparser.ast.expr.StringLiteralExpr;
import com.github.javaparser.ast.nodeTypes.NodeWithSimpleName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** One class of kernels as it is written: its static methods and its constants of a primitive type, with their comments, and what each uses. */
final class SourceFile {
    private static final ParserConfiguration JAVA =
            new ParserConfiguration().setLanguageLevel(ParserConfiguration.LanguageLevel.JAVA_21);

    private final String name;
    private final TypeDeclaration<?> type;
    private final Map<String, String> imports = new HashMap<>();
    private final Map<String, List<BodyDeclaration<?>>> members = new HashMap<>();

    /** A member of a class of the kernels' package, or what may be one. */
    record Member(String file, String name) {}

    SourceFile(String name, String text) {
        this.name = name;
        CompilationUnit unit = new JavaParser(JAVA)
                .parse(text)
                .getResult()
                .orElseThrow(() -> new IllegalStateException("the source of " + name + " cannot be parsed"));
        type = unit.getType(0);
        unit.getImports().stream()
                .filter(imported -> imported.isStatic() && !imported.isAsterisk())
                .map(ImportDeclaration::getName)
                .forEach(imported -> imports.put(
                        imported.getIdentifier(),
                        imported.getQualifier().orElseThrow().getIdentifier()));
        for (MethodDeclaration method : type.getMethods()) {
            if (method.isStatic()) {
                members.computeIfAbsent(method.getNameAsString(), n -> new ArrayList<>())
                        .add(method);
            }
        }
        for (FieldDeclaration field : type.getFields()) {
            if (field.isStatic() && field.getElementType().isPrimitiveType()) {
                field.getVariables().forEach(variable -> members.put(variable.getNameAsString(), List.of(field)));
            }
        }
    }

    /** The documentation of the class; empty if it has none. */
    String documentation() {
        return type.getComment().map(SourceFile::written).orElse("");
    }

    /** A static method, with all that overload it, or a constant; empty if there is no such member. */
    String textOf(String member) {
        return members.getOrDefault(member, List.of()).stream()
                .map(SourceFile::textOf)
                .collect(Collectors.joining("\n"));
    }

    private static String textOf(BodyDeclaration<?> member) {
        String comment = member.getComment().map(SourceFile::written).orElse("");
        return comment + (comment.isEmpty() ? "" : "\n") + written(member) + "\n";
    }

    /** A node as it is written, moved to the left margin. */
    private static String written(Node node) {
        String margin = " ".repeat(node.getRange().orElseThrow().begin.column - 1);
        return node.getTokenRange().orElseThrow().toString().replace("\n" + margin, "\n");
    }

    /** The members, of this class and others, that a member may use, in the order in which it names them. */
    List<Member> usedBy(String member) {
        return members.getOrDefault(member, List.of()).stream()
                .flatMap(declaration -> declaration.findAll(Expression.class).stream())
                .flatMap(expression -> used(expression).stream())
                .toList();
    }

    private Optional<Member> used(Expression expression) {
        return switch (expression) {
            case NameExpr constant -> Optional.of(unqualified(constant));
            case FieldAccessExpr constant
            when constant.getScope() instanceof NameExpr owner ->
                Optional.of(new Member(owner.getNameAsString(), constant.getNameAsString()));
            case MethodCallExpr call when call.getScope().isEmpty() -> Optional.of(unqualified(call));
            case MethodCallExpr call
            when call.getScope().get() instanceof NameExpr owner ->
                Optional.of(new Member(owner.getNameAsString(), call.getNameAsString()));
            default -> Optional.empty();
        };
    }

    private Member unqualified(NodeWithSimpleName<?> named) {
        return new Member(imports.getOrDefault(named.getNameAsString(), name), named.getNameAsString());
    }

    /** The constants {@code Class.NAME} that the class's fields are made of, in their order. */
    List<FieldAccessExpr> listedConstants() {
        return type.getFields().stream()
                .flatMap(field -> field.findAll(FieldAccessExpr.class).stream())
                .toList();
    }

    /** The string literals that the field {@code field} is made of, in their order. */
    List<String> textsOf(String field) {
        return type.getFieldByName(field).orElseThrow().findAll(StringLiteralExpr.class).stream()
                .map(StringLiteralExpr::asString)
                .toList();
    }
}
